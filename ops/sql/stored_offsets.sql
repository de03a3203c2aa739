-- The last offset of each topic's partition that is stored.
SELECT topic, partition, max(max_offset) AS stored
FROM ingest_log
GROUP BY topic, partition
