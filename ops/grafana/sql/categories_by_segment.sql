-- Revenue of each category, by the segment of the customers it comes from.
SELECT
    category,
    sumIf(s.value, segment = 'VIP') AS VIP,
    sumIf(s.value, segment = 'Premium') AS Premium,
    sumIf(s.value, segment = 'Regular') AS Regular,
    sumIf(s.value, segment = 'Basic') AS Basic,
    sumIf(s.value, segment NOT IN ('VIP', 'Premium', 'Regular', 'Basic')) AS others
FROM rollup_sales_parts AS s
WHERE s.known = 1 AND s.segment != ''
GROUP BY category
ORDER BY sum(s.value) DESC, category
