-- The two categories with the most revenue a buyer.
SELECT groupArray(category)
FROM
(
    SELECT s.category AS category
    FROM
    (
        SELECT toString(p.category) AS category, sum(m.paid) AS paid
        FROM rollup_product_months AS m FINAL
        INNER JOIN products AS p FINAL ON p.product_id = m.product_id
        GROUP BY category
        HAVING sum(m.bought) > 0
    ) AS s
    INNER JOIN
    (
        SELECT toString(category) AS category, groupBitmapMerge(buyers) AS customers
        FROM rollup_buyers FINAL
        WHERE known = 1
        GROUP BY category
    ) AS b ON b.category = s.category
    ORDER BY s.paid / b.customers DESC, category
    LIMIT 2
)
