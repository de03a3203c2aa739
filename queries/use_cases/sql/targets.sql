-- Customers of some segments who never bought from a category, whether they have from its companion, and how many they are in
-- all: of each segment, with and without, the most valuable. lifetime_value: USD, refunds off.
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    toString(c.segment) AS segment,
    h.value AS lifetime_value,
    h.has_companion AS has_companion,
    count() OVER () AS customers_in_all
FROM customers AS c
LEFT JOIN
(
    SELECT
        t.customer_id AS customer_id,
        sum(t.amount) AS value,
        countIf(p.category = {category:String} AND t.status = 'completed') AS bought,
        countIf(p.category = {companion:String} AND t.status = 'completed') > 0 AND {companion:String} != '' AS has_companion
    FROM transactions AS t
    LEFT JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded')
        AND t.ts <= {as_of:DateTime64(3, 'UTC')}
        AND t.customer_id IN (SELECT customer_id FROM customers WHERE has({segments:Array(String)}, segment))
    GROUP BY customer_id
) AS h ON h.customer_id = c.customer_id
WHERE has({segments:Array(String)}, c.segment) AND h.bought = 0
ORDER BY lifetime_value DESC, customer_id
LIMIT {limit:UInt32} BY segment, has_companion
