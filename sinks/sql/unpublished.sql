-- Records that ClickHouse refused and whose letters the topic of dead letters has not. A record of that topic itself is in
-- it already, whole; a letter of it would be refused the same way, and so on without an end.
SELECT
    topic,
    partition,
    offset,
    toUnixTimestamp64Milli(record_ts) AS timestamp,
    anyLast(error) AS reason,
    toUnixTimestamp64Milli(min(stored_at)) AS refused_at
FROM refused_records
WHERE topic != {letters:String}
GROUP BY topic, partition, offset, record_ts
HAVING max(published) = 0
ORDER BY topic, partition, offset, record_ts
LIMIT {most:UInt32}
SETTINGS optimize_aggregation_in_order = 1
