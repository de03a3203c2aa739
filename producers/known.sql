-- Of the customers asked about: those of whom anything is stored, and whether they are erased.
SELECT customer_id, argMax(deleted, version) AS erased
FROM customers
WHERE customer_id IN ({customers:Array(UInt32)})
GROUP BY customer_id
SETTINGS final = 0
