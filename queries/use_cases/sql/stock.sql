-- What sells and for how long there is enough of it, the soonest gone first: units sold in the last 30 days (completed
-- purchases), units in stock, and days until these are gone at that pace.
SELECT
    p.product_id AS product_id,
    p.name AS name,
    toString(p.category) AS category,
    p.price AS price,
    p.stock_quantity AS stock_quantity,
    s.units AS units_30d,
    round(greatest(p.stock_quantity, 0) * 30 / s.units, 1) AS days_of_cover
FROM products AS p
INNER JOIN
(
    SELECT product_id, sum(quantity) AS units
    FROM transactions
    WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 30)
    GROUP BY product_id
    HAVING units > 0
) AS s ON s.product_id = p.product_id
ORDER BY days_of_cover, units_30d DESC, product_id
LIMIT {limit:UInt32}
