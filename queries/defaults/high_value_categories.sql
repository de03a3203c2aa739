-- The two categories with the most revenue a buyer.
SELECT groupArray(category)
FROM
(
    SELECT toString(p.category) AS category
    FROM transactions AS t
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status = 'completed'
    GROUP BY category
    ORDER BY sum(t.amount) / uniqExact(t.customer_id) DESC, category
    LIMIT 2
)
