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
arrayDistinct({categories:Array(String)}) AS asked,
members AS
(
    SELECT customer_id, toString(segment) AS segment, value FROM rollup_customers WHERE has({segments:Array(String)}, segment)
),
(
    SELECT groupArray((segment, everyone))
    FROM (SELECT segment, groupBitmapState(customer_id) AS everyone FROM members GROUP BY segment)
) AS groups,
-- Who bought in each category; and who only brought back what they are not known to have bought.
(
    SELECT groupArray((category, buyers, odd))
    FROM
    (
        SELECT
            toString(s.category) AS category,
            groupBitmapMergeState(s.buyers) AS buyers,
            bitmapAndnot(groupBitmapMergeState(s.refunders), buyers) AS odd
        FROM rollup_sales_parts AS s
        WHERE s.known = 1 AND has(asked, s.category)
        GROUP BY category
        UNION ALL
        SELECT arrayJoin(asked) AS category, groupBitmapStateIf(toUInt32(0), 0) AS buyers, groupBitmapStateIf(toUInt32(0), 0) AS odd
        GROUP BY category
        HAVING category NOT IN (SELECT category FROM rollup_sales_parts WHERE known = 1)
    )
) AS bought,
counts AS
(
    SELECT
        g.1 AS segment,
        b.1 AS category,
        bitmapAndCardinality(g.2, b.2) AS with_it,
        bitmapCardinality(g.2) - with_it AS without
    FROM (SELECT arrayJoin(groups) AS g, arrayJoin(bought) AS b)
),
sold AS
(
    SELECT segment, category, sum(value) AS value
    FROM
    (
        SELECT toString(s.segment) AS segment, toString(s.category) AS category, sum(s.value) AS value
        FROM rollup_sales_parts AS s
        WHERE s.known = 1 AND has({segments:Array(String)}, s.segment) AND has(asked, s.category)
        GROUP BY segment, category
        UNION ALL
        SELECT c.segment AS segment, toString(p.category) AS category, -sum(t.amount) AS value
        FROM
        (
            SELECT customer_id, product_id, amount
            FROM transactions
            WHERE customer_id IN (SELECT arrayJoin(bitmapToArray(b.3)) FROM (SELECT arrayJoin(bought) AS b))
                AND status = 'refunded' AND ts <= {as_of:DateTime64(3, 'UTC')}
        ) AS t
        INNER JOIN (SELECT product_id, category FROM products WHERE has(asked, category)) AS p ON p.product_id = t.product_id
        INNER JOIN
        (
            SELECT b.1 AS category, arrayJoin(bitmapToArray(b.3)) AS customer_id FROM (SELECT arrayJoin(bought) AS b)
        ) AS o ON o.customer_id = t.customer_id AND o.category = toString(p.category)
        INNER JOIN
        (
            SELECT customer_id, segment
            FROM members
            WHERE customer_id IN (SELECT arrayJoin(bitmapToArray(b.3)) FROM (SELECT arrayJoin(bought) AS b))
        ) AS c ON c.customer_id = t.customer_id
        GROUP BY segment, category
    )
    GROUP BY segment, category
),
(
    SELECT groupArray((segment, category, customer_id, value))
    FROM
    (
        SELECT m.segment AS segment, g.category AS category, m.customer_id AS customer_id, m.value AS value
        FROM
        (
            SELECT b.1 AS category, arrayJoin(bitmapToArray(bitmapAndnot(g.2, b.2))) AS customer_id
            FROM (SELECT arrayJoin(groups) AS g, arrayJoin(bought) AS b)
        ) AS g
        INNER JOIN members AS m ON m.customer_id = g.customer_id
        ORDER BY value DESC, customer_id, category
        LIMIT {limit:UInt32}
    )
) AS best
SELECT
    g.row.1 AS segment,
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
