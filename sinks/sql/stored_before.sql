-- The first offset of each topic's partition that was not stored so many seconds before the last block that came before a
-- start, of those of which something was by then.
WITH (SELECT max(stored_at) FROM ingest_log WHERE stored_at < toDateTime({start:UInt32})) AS last_one
SELECT topic, partition, max(max_offset) + 1 AS stored
FROM ingest_log
WHERE stored_at < last_one - toIntervalSecond({seconds:UInt32})
GROUP BY topic, partition
