-- Who among the customers from `first` to `last` is erased; FINAL would hide them.
SELECT customer_id
FROM customers
WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
GROUP BY customer_id
HAVING argMax(deleted, version) = 1
ORDER BY customer_id
SETTINGS final = 0
