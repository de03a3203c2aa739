-- The newest event that counts of each customer from `first` to `last`.
SELECT customer_id, max(ts) AS newest
FROM
(
    SELECT customer_id, ts
    FROM transactions
    WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32} AND status IN ('completed', 'refunded')
    UNION ALL
    SELECT customer_id, ts
    FROM interactions
    WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
)
GROUP BY customer_id
ORDER BY customer_id
SETTINGS final = 0
