-- Some dead letters, whole.
SELECT topic, partition, offset, toUnixTimestamp64Milli(record_ts) AS record_ts, key, value
FROM dead_letters FINAL
WHERE (topic, partition, offset) IN (
    SELECT one.1, one.2, one.3
    FROM (SELECT arrayJoin({identities:Array(Tuple(String, Int32, Int64))}) AS one)
)
ORDER BY topic, partition, offset
