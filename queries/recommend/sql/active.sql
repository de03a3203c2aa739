-- Who did anything since a moment.
SELECT DISTINCT customer_id
FROM
(
    SELECT customer_id FROM transactions WHERE ts >= {since:DateTime64(3, 'UTC')} AND ts < {as_of:DateTime64(3, 'UTC')}
    UNION ALL
    SELECT customer_id FROM interactions WHERE ts >= {since:DateTime64(3, 'UTC')} AND ts < {as_of:DateTime64(3, 'UTC')}
)
ORDER BY customer_id
SETTINGS final = 0
