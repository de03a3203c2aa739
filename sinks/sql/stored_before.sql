-- From where each topic's partition is to be read again after an end of the engine, and when the block came that says so,
-- in ms: from behind the last one that came so many seconds before the last of all, of those before a start; or, should
-- readers have been moved back after it, from where they began. Of partitions of which something was stored by then.
WITH
    (SELECT max(stored_at) FROM ingest_log WHERE stored_at < toDateTime({start:UInt32})) AS last_one,
    last_one - toIntervalSecond({seconds:UInt32}) AS safe,
    argMaxIf(max_offset, (stored_at, max_offset), stored_at < safe) + 1 AS behind,
    minIf(max_offset + 1 - toInt64(records), stored_at >= safe) AS begun
SELECT
    topic,
    partition,
    if(countIf(stored_at >= safe) > 0, least(behind, begun), behind) AS stored,
    toUnixTimestamp64Milli(maxIf(stored_at, stored_at < safe)) AS at
FROM ingest_log
WHERE stored_at < toDateTime({start:UInt32})
GROUP BY topic, partition
HAVING countIf(stored_at < safe) > 0
