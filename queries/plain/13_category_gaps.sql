-- purpose: Valuable customers who never bought in a high-value category: immediate cross-sell targets
-- parameters:
--   as_of       DateTime64(3, 'UTC')  = @newest_event           events after this time do not count
--   segments    Array(String)         = @high_value_segments    segments looked at: VIP and Premium, or all where there are none of these
--   categories  Array(String)         = @high_value_categories  categories looked at
--   limit       UInt32                = 100                     rows
-- columns:
--   segment            segment
--   category           category without a completed purchase
--   customer_id        customer
--   name               name
--   lifetime_value     USD, completed plus refunded
--   expected_value     USD that a customer of this segment who does buy in the category has spent there, on average
--   customers_without  customers of the segment without a purchase in the category
--   opportunity        USD, customers_without times expected_value
WITH
members AS
(
    SELECT c.customer_id AS customer_id, c.name AS name, c.segment AS segment, v.value AS lifetime_value
    FROM customers AS c
    LEFT JOIN
    (
        SELECT customer_id, sum(amount) AS value
        FROM transactions
        WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY customer_id
    ) AS v ON v.customer_id = c.customer_id
    WHERE has({segments:Array(String)}, c.segment)
),
bought AS
(
    SELECT t.customer_id AS customer_id, toString(p.category) AS category, countIf(t.status = 'completed') AS times, sum(t.amount) AS value
    FROM transactions AS t
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded')
        AND t.ts <= {as_of:DateTime64(3, 'UTC')}
        AND has({categories:Array(String)}, p.category)
    GROUP BY customer_id, category
    HAVING times > 0
),
expected AS
(
    SELECT m.segment AS segment, b.category AS category, toDecimal128(round(divideDecimal(sum(b.value), toDecimal64(count(), 0), 4), 2), 2) AS value
    FROM bought AS b
    INNER JOIN members AS m ON m.customer_id = b.customer_id
    GROUP BY segment, category
),
gaps AS
(
    SELECT *, count() OVER (PARTITION BY segment, category) AS customers_without
    FROM
    (
        SELECT segment, arrayJoin(arrayDistinct({categories:Array(String)})) AS category, customer_id, name, lifetime_value
        FROM members
    )
    WHERE (customer_id, category) NOT IN (SELECT customer_id, category FROM bought)
)
SELECT
    g.segment AS segment,
    g.category AS category,
    g.customer_id AS customer_id,
    g.name AS name,
    g.lifetime_value AS lifetime_value,
    e.value AS expected_value,
    g.customers_without AS customers_without,
    e.value * g.customers_without AS opportunity
FROM gaps AS g
LEFT JOIN expected AS e ON e.segment = g.segment AND e.category = g.category
ORDER BY lifetime_value DESC, customer_id, category
LIMIT {limit:UInt32}
