-- For each of some customers: the category they spent most on (who bought nothing: looked at most), from how many
-- categories they bought, and what sells best of it in the last 90 days, is in stock and launched, and they do not have.
WITH
wanted AS (SELECT arrayJoin({ids:Array(UInt32)}) AS customer_id),
tastes AS
(
    SELECT e.customer_id AS customer_id, toString(p.category) AS category, sum(e.spent) AS spent, sum(e.looks) AS looks
    FROM
    (
        SELECT customer_id, product_id, amount AS spent, 0 AS looks
        FROM transactions
        WHERE customer_id IN wanted AND status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')}
        UNION ALL
        SELECT customer_id, product_id, toDecimal64(0, 2) AS spent, 1 AS looks
        FROM interactions
        WHERE customer_id IN wanted AND ts <= {as_of:DateTime64(3, 'UTC')}
    ) AS e
    INNER JOIN products AS p ON p.product_id = e.product_id
    GROUP BY customer_id, category
),
favourites AS
(
    SELECT customer_id, argMax(t.category, (t.spent, t.looks, t.category)) AS favourite, countIf(t.spent > 0) AS categories
    FROM tastes AS t
    GROUP BY customer_id
),
bought AS
(
    SELECT customer_id, groupUniqArray(product_id) AS products
    FROM transactions
    WHERE customer_id IN wanted AND status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
),
sellers AS
(
    SELECT category, groupArray((product_id, name, price)) AS best
    FROM
    (
        SELECT toString(p.category) AS category, p.product_id AS product_id, p.name AS name, p.price AS price
        FROM products AS p
        INNER JOIN
        (
            SELECT product_id, uniqExact(customer_id) AS buyers
            FROM transactions
            WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, 90)
            GROUP BY product_id
        ) AS s ON s.product_id = p.product_id
        WHERE p.stock_quantity > 0 AND p.launch_date <= toDate32({as_of:DateTime64(3, 'UTC')})
        ORDER BY s.buyers DESC, product_id
        LIMIT 200 BY category
    )
    GROUP BY category
)
SELECT
    w.customer_id AS customer_id,
    f.favourite AS favourite,
    f.categories AS categories,
    arrayFirst(x -> NOT has(b.products, x.1), s.best).1 AS offer_product_id,
    arrayFirst(x -> NOT has(b.products, x.1), s.best).2 AS offer,
    arrayFirst(x -> NOT has(b.products, x.1), s.best).3 AS offer_price
FROM wanted AS w
LEFT JOIN favourites AS f ON f.customer_id = w.customer_id
LEFT JOIN bought AS b ON b.customer_id = w.customer_id
LEFT JOIN sellers AS s ON s.category = f.favourite
