-- The first offset of each topic's partition that was not stored at a moment, of those of which something was by then.
SELECT topic, partition, max(max_offset) + 1 AS stored
FROM ingest_log
WHERE stored_at < toDateTime({before:UInt32})
GROUP BY topic, partition
