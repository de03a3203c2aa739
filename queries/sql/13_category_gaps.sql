-- purpose: Valuable customers who never bought in a high-value category: immediate cross-sell targets
-- parameters:
--   as_of       DateTime64(3, 'UTC')  = @newest_event           events after this time do not count
--   segments    Array(String)         = ['VIP', 'Premium']      segments looked at
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
arrayDistinct({categories:Array(String)}) AS asked,
members AS
(
    SELECT customer_id, segment, value FROM rollup_customers WHERE has({segments:Array(String)}, segment)
),
bought AS
(
    SELECT toString(category) AS category, groupBitmapMergeState(r.buyers) AS buyers, groupBitmapMergeState(r.refunders) AS refunders
    FROM rollup_sales AS r
    WHERE r.known = 1 AND r.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')}) AND has(asked, r.category)
    GROUP BY category
),
looked_at AS
(
    SELECT a.category AS category, b.buyers AS buyers
    FROM (SELECT arrayJoin(asked) AS category) AS a
    LEFT JOIN bought AS b ON b.category = a.category
),
(SELECT groupArray((category, bitmapAndnot(refunders, buyers))) FROM bought WHERE bitmapAndnotCardinality(refunders, buyers) > 0) AS odd,
counts AS
(
    SELECT
        m.segment AS segment,
        b.category AS category,
        bitmapAndCardinality(m.everyone, b.buyers) AS with_it,
        bitmapCardinality(m.everyone) - with_it AS without
    FROM (SELECT segment, groupBitmapState(customer_id) AS everyone FROM members GROUP BY segment) AS m
    CROSS JOIN looked_at AS b
),
sold AS
(
    SELECT segment, category, sum(value) AS value
    FROM
    (
        SELECT toString(s.segment) AS segment, toString(s.category) AS category, sum(s.value) AS value
        FROM rollup_sales AS s
        WHERE s.known = 1 AND s.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')}) AND has({segments:Array(String)}, s.segment) AND has(asked, s.category)
        GROUP BY segment, category
        UNION ALL
        -- Those who only brought back what they are not known to have bought do not count.
        SELECT toString(c.segment) AS segment, toString(p.category) AS category, -sum(t.amount) AS value
        FROM transactions AS t
        INNER JOIN (SELECT product_id, category FROM products WHERE has(asked, category)) AS p ON p.product_id = t.product_id
        INNER JOIN (SELECT pair.1 AS category, arrayJoin(bitmapToArray(pair.2)) AS customer_id FROM (SELECT arrayJoin(odd) AS pair)) AS o
            ON o.customer_id = t.customer_id AND o.category = p.category
        INNER JOIN members AS c ON c.customer_id = t.customer_id
        WHERE t.status = 'refunded'
            AND t.ts <= {as_of:DateTime64(3, 'UTC')}
            AND t.customer_id IN (SELECT arrayJoin(bitmapToArray(pair.2)) FROM (SELECT arrayJoin(odd) AS pair))
        GROUP BY segment, category
    )
    GROUP BY segment, category
),
gaps AS
(
    SELECT m.segment AS segment, g.category AS category, m.customer_id AS customer_id, m.value AS lifetime_value
    FROM
    (
        SELECT b.category AS category, arrayJoin(bitmapToArray(bitmapAndnot(m.everyone, b.buyers))) AS customer_id
        FROM (SELECT groupBitmapState(customer_id) AS everyone FROM members) AS m
        CROSS JOIN looked_at AS b
    ) AS g
    INNER JOIN members AS m ON m.customer_id = g.customer_id
    ORDER BY lifetime_value DESC, customer_id, category
    LIMIT {limit:UInt32}
),
(SELECT groupArray((segment, category, customer_id, lifetime_value)) FROM gaps) AS best
SELECT
    toString(g.row.1) AS segment,
    g.row.2 AS category,
    g.row.3 AS customer_id,
    c.name AS name,
    g.row.4 AS lifetime_value,
    if(n.with_it = 0, toDecimal128(0, 2),
        toDecimal128(round(divideDecimal(s.value, toDecimal64(greatest(n.with_it, 1), 0), 4), 2), 2)) AS expected_value,
    n.without AS customers_without,
    expected_value * customers_without AS opportunity
FROM (SELECT arrayJoin(best) AS row) AS g
INNER JOIN (SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT arrayJoin(best).3)) AS c
    ON c.customer_id = g.row.3
INNER JOIN counts AS n ON n.segment = g.row.1 AND n.category = g.row.2
LEFT JOIN sold AS s ON s.segment = g.row.1 AND s.category = g.row.2
ORDER BY lifetime_value DESC, customer_id, category
