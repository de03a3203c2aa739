-- Of the customers asked about: those of whom anything is stored, and whether they are erased for good: by the last version.
SELECT customer_id, argMax(deleted, version) AND max(version) >= {last:UInt64} AS erased
FROM customers
WHERE customer_id IN ({customers:Array(UInt32)})
GROUP BY customer_id
SETTINGS final = 0
