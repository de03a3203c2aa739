-- Interactions of each of the last 24 months there are, by type.
SELECT
    formatDateTime(makeDate(intDiv(s.month, 100), s.month % 100, 1), '%Y-%m') AS month,
    sumIf(s.interactions, type = 'view') AS views,
    sumIf(s.interactions, type = 'cart') AS carts,
    sumIf(s.interactions, type = 'wishlist') AS wishlists,
    sumIf(s.interactions, type = 'review') AS reviews,
    sumIf(s.interactions, type = 'share') AS shares
FROM rollup_interactions AS s
WHERE NOT s.whole
    AND s.month IN (SELECT DISTINCT r.month FROM rollup_interactions AS r WHERE NOT r.whole ORDER BY r.month DESC LIMIT 24)
GROUP BY s.month
ORDER BY s.month
