-- Nodes Customer; of customers who bought or looked but have no row, the id alone.
SELECT
    toInt64(customer_id) AS customer_id,
    toNullable(name) AS name,
    toNullable(toString(segment)) AS segment,
    toNullable(toFloat64(lifetime_value)) AS lifetime_value
FROM customer_nodes
WHERE modulo(customer_id, {share:UInt32}) = 0
UNION ALL
SELECT toInt64(customer_id), NULL, NULL, NULL
FROM
(
    SELECT DISTINCT customer_id FROM purchased
    UNION DISTINCT
    SELECT DISTINCT customer_id FROM interactions
)
WHERE modulo(customer_id, {share:UInt32}) = 0 AND customer_id NOT IN (SELECT customer_id FROM customers)
