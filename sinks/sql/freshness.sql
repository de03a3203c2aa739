-- How old the newest stored event of the slowest partition is, for streams that were stored live just now.
-- A block is live when its newest event was less than an hour old: a backfill says nothing about freshness.
SELECT topic, toFloat64(now64(3)) - toFloat64(min(newest)) AS freshness_seconds
FROM
(
    SELECT topic, partition, max(max_ts) AS newest
    FROM ingest_log
    WHERE stored_at > now64(3) - INTERVAL 15 SECOND AND max_ts > stored_at - INTERVAL 1 HOUR
    GROUP BY topic, partition
)
GROUP BY topic
ORDER BY topic
