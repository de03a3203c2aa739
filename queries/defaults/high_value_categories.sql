-- The two categories where a purchase is worth most.
SELECT groupArray(category)
FROM
(
    SELECT toString(category) AS category
    FROM rollup_sales_parts
    WHERE known = 1
    GROUP BY category
    HAVING sum(bought) > 0
    ORDER BY sum(paid) / sum(bought) DESC, category
    LIMIT 2
)
