-- Age of the newest event that can be queried: in the slower table, and in the slowest partition. Without live events, and
-- until both tables have some: NULL.
-- The tables' own maximum comes from the parts' minimum-maximum index, so that looking costs nothing.
SELECT
    if(
        slowest < now64(3) - INTERVAL 1 HOUR OR least(transaction, interaction) = toDateTime64(0, 3, 'UTC'),
        NULL,
        toFloat64(now64(3)) - toFloat64(least(slowest, transaction, interaction))
    ) AS age
FROM
(
    SELECT
        (
            SELECT min(newest)
            FROM
            (
                SELECT max(max_ts) AS newest
                FROM ingest_log
                WHERE (endsWith(topic, 'transactions') OR endsWith(topic, 'interactions'))
                    AND stored_at > now64(3) - INTERVAL 10 MINUTE
                GROUP BY topic, partition
            )
        ) AS slowest,
        (SELECT max(ts) FROM transactions SETTINGS final = 0) AS transaction,
        (SELECT max(ts) FROM interactions SETTINGS final = 0) AS interaction
)
