-- Of the products that customers bought for the first time after their list of recommendations was computed, how many
-- were among its first few.
SELECT count() AS purchases, countIf(place BETWEEN 1 AND {size:UInt32}) AS hits
FROM
(
    SELECT indexOf(l.products, b.product_id) AS place
    FROM
    (
        SELECT customer_id, product_id, min(ts) AS first
        FROM transactions
        WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND product_id IN (SELECT product_id FROM products)
        GROUP BY customer_id, product_id
    ) AS b
    INNER JOIN
    (
        SELECT customer_id, products, as_of AS computed
        FROM recommendation_lists
        WHERE build = (SELECT max(r.build) FROM recommendation_builds AS r WHERE r.slice = -1 AND r.state = 'done')
    ) AS l ON l.customer_id = b.customer_id
    WHERE b.first > l.computed
)
