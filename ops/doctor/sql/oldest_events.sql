-- The oldest event of each stream, seconds since 1970, and how many events there are.
SELECT 'transactions' AS stream, toFloat64(min(ts)) AS oldest, count() AS events FROM transactions
UNION ALL
SELECT 'interactions' AS stream, toFloat64(min(ts)) AS oldest, count() AS events FROM interactions
