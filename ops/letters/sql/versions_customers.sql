-- The newest version that is stored of some customers, deleted ones too.
SELECT customer_id, max(version) AS version
FROM customers
WHERE customer_id IN {ids:Array(UInt32)}
GROUP BY customer_id
