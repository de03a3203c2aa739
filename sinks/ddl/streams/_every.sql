-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- Of what makes no sense the engine has no bytes: it is kept out of the tables here and noted, and `python -m sinks`
-- makes the letter of the record itself.
CREATE MATERIALIZED VIEW note_${stream} TO refused_records AS
SELECT
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    toInt64(record_offset) AS offset,
    record_time AS record_ts,
    record_error AS error,
    toUInt8(0) AS published,
    now64(3) AS stored_at
FROM stream_${stream}
WHERE length(record_error) > 0;

-- The bytes of what it cannot read it has: the letter is there at once.
CREATE MATERIALIZED VIEW refuse_${stream} TO dead_letters AS
SELECT
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    toInt64(record_offset) AS offset,
    record_time AS record_ts,
    record_key AS key,
    record_value AS value,
    record_error AS error,
    'sinks' AS stage,
    now64(3) AS stored_at
FROM stream_${stream}
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_${stream} TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts,
    countIf(record_unreadable) AS unreadable,
    toInt64(maxIf(record_offset + 1, NOT record_unreadable)) AS readable_to
FROM stream_${stream}
GROUP BY record_topic, record_partition;

-- A registry that cannot be asked is no fault of a record: the block is not committed then, and read again half a second
-- later. That it does not know a schema, or has one that is none, is an answer.
CREATE MATERIALIZED VIEW take_${stream} TO stream_${stream} AS
SELECT *, ${record_columns} FROM queue_${stream}
WHERE NOT throwIf(
    match(_error, ': while fetching schema id = [0-9]+$$')
    AND NOT match(_error, '^Received error from remote server [^ ]+ HTTP status code: 404 '),
    'The schema registry cannot be asked for a schema: nothing is taken in until it can'
);
