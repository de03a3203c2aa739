-- The two categories with the most revenue a buyer.
SELECT groupArray(category)
FROM
(
    SELECT toString(category) AS category
    FROM rollup_sales FINAL
    WHERE known = 1
    GROUP BY category
    HAVING sum(bought) > 0
    ORDER BY sum(paid) / groupBitmapMerge(buyers) DESC, category
    LIMIT 2
)
