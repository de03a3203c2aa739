-- The first offset of each topic's partition that is not stored.
SELECT topic, partition, max(max_offset) + 1 AS stored
FROM ingest_log
GROUP BY topic, partition
