-- What ClickHouse refused before that was noted: its letters are in no topic.
INSERT INTO refused_records
SELECT topic, partition, offset, record_ts, reason.error AS error, toUInt8(0) AS published, stored_at
FROM letters
ARRAY JOIN reasons AS reason
WHERE reason.reader = 'sinks'
