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
SELECT
    p.product_id AS product_id,
    p.name AS name,
    p.category AS category,
    p.brand AS brand,
    p.price AS price,
    t.bought AS purchases,
    t.buyers AS buyers,
    t.units AS units,
    t.value AS revenue,
    if(t.bought = 0, 0, round(100 * t.refunds / greatest(t.bought, 1), 2)) AS refund_rate,
    p.stock_quantity AS stock_quantity
FROM products AS p
LEFT JOIN
(
    SELECT
        product_id,
        sum(amount) AS value,
        countIf(status = 'completed') AS bought,
        countIf(status = 'refunded') AS refunds,
        uniqExactIf(customer_id, status = 'completed') AS buyers,
        sumIf(quantity, status = 'completed') AS units
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY product_id
) AS t ON t.product_id = p.product_id
WHERE {category:String} = '' OR p.category = {category:String}
ORDER BY revenue DESC, purchases DESC, product_id
LIMIT {limit:UInt32}
