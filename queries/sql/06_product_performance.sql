-- purpose: What each product brings in: high-revenue heroes and high-frequency workhorses
-- parameters:
--   as_of     DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   category  String                = ''             only this category; empty means all
--   limit     UInt32                = 50             rows
-- columns:
--   product_id      product
--   name            name
--   category        category
--   brand           brand
--   price           USD, today's list price
--   purchases       completed purchases
--   buyers          distinct customers who bought it; who is gone or unknown counts, as what they paid does
--   units           units bought
--   revenue         USD, completed plus refunded
--   refund_rate     refunds in percent of completed purchases
--   stock_quantity  units in stock
WITH (
    SELECT groupArray((product_id, bought, units, refunds, value))
    FROM
    (
        SELECT p.product_id AS product_id, t.bought AS bought, t.units AS units, t.refunds AS refunds, t.value AS value
        FROM (SELECT product_id FROM products WHERE {category:String} = '' OR category = {category:String}) AS p
        LEFT JOIN
        (
            SELECT product_id, sum(s.bought) AS bought, sum(s.units) AS units, sum(s.refunds) AS refunds, sum(s.value) AS value
            FROM rollup_product_parts AS s
            GROUP BY s.product_id
        ) AS t ON t.product_id = p.product_id
        ORDER BY value DESC, bought DESC, product_id
        LIMIT {limit:UInt32}
    )
) AS best
SELECT
    p.product_id AS product_id,
    p.name AS name,
    p.category AS category,
    p.brand AS brand,
    p.price AS price,
    t.row.2 AS purchases,
    b.buyers AS buyers,
    t.row.3 AS units,
    t.row.5 AS revenue,
    if(purchases = 0, 0, round(100 * t.row.4 / greatest(purchases, 1), 2)) AS refund_rate,
    p.stock_quantity AS stock_quantity
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN (SELECT * FROM products WHERE product_id IN (SELECT arrayJoin(best).1)) AS p ON p.product_id = t.row.1
LEFT JOIN
(
    SELECT product_id, groupBitmapMerge(r.buyers) AS buyers
    FROM rollup_product_parts AS r
    WHERE product_id IN (SELECT arrayJoin(best).1)
    GROUP BY product_id
) AS b ON b.product_id = t.row.1
ORDER BY revenue DESC, purchases DESC, product_id
