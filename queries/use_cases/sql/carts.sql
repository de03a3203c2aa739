-- Products that customers put into the cart in the last so many days, first a day or longer ago, and have not bought
-- since: once for each customer and product, by when it was last put there; of each segment and category the dearest, and how
-- many there are and what they are worth (USD).
SELECT
    a.customer_id AS customer_id,
    c.name AS name,
    toString(c.segment) AS segment,
    a.product_id AS product_id,
    p.name AS product,
    toString(p.category) AS category,
    p.price AS price,
    p.stock_quantity AS stock_quantity,
    a.carted AS carted_at,
    intDiv(dateDiff('millisecond', a.carted, {as_of:DateTime64(3, 'UTC')}), 86400000) AS days_ago,
    count() OVER (PARTITION BY segment, category) AS alike,
    sum(price) OVER (PARTITION BY segment, category) AS worth_of_alike
FROM
(
    SELECT customer_id, product_id, max(ts) AS carted
    FROM interactions
    WHERE type = 'cart' AND ts <= {as_of:DateTime64(3, 'UTC')} AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
    GROUP BY customer_id, product_id
) AS a
INNER JOIN customers AS c ON c.customer_id = a.customer_id
INNER JOIN products AS p ON p.product_id = a.product_id
LEFT JOIN
(
    SELECT customer_id, product_id, max(ts) AS bought
    FROM transactions
    WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
    GROUP BY customer_id, product_id
) AS b ON b.customer_id = a.customer_id AND b.product_id = a.product_id
WHERE b.bought < a.carted AND a.carted <= subtractDays({as_of:DateTime64(3, 'UTC')}, 1)
ORDER BY price DESC, customer_id, product_id
LIMIT {limit:UInt32} BY segment, category
