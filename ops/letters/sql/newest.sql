-- The newest dead letters.
SELECT
    topic, partition, offset, toUnixTimestamp64Milli(record_ts) AS record_ts, toUnixTimestamp64Milli(stored_at) AS stored,
    reasons, ifNull(length(value), 0) AS bytes, replay, sent_offset
FROM letters
WHERE ${filter}
ORDER BY stored_at DESC, topic, partition, offset DESC
LIMIT {limit:UInt32}
