-- Records that were stored just now although they are old, by topic: a backfill or a replay is being taken in.
-- Of what freshness.sql takes for live, the opposite.
SELECT topic, sum(records) AS history_records
FROM ingest_log
WHERE stored_at > now64(3) - INTERVAL 15 SECOND AND max_ts <= stored_at - INTERVAL 1 HOUR
GROUP BY topic
ORDER BY topic
