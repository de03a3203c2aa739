CREATE TABLE queue_dead_letters
(
    topic String,
    partition Int32,
    offset Int64,
    record_ts DateTime64(3, 'UTC'),
    key Nullable(String),
    value Nullable(String),
    error String,
    stage String${received}
)
${engine};

CREATE TABLE stream_dead_letters ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_dead_letters;

CREATE MATERIALIZED VIEW keep_dead_letters TO dead_letters AS
SELECT topic, partition, offset, record_ts, key, value, error, stage, record_time AS stored_at
FROM stream_dead_letters
WHERE length(record_error) = 0;

-- The topic has these letters of ClickHouse.
CREATE MATERIALIZED VIEW keep_published_letters TO refused_records AS
SELECT topic, partition, offset, record_ts, error, toUInt8(1) AS published, record_time AS stored_at
FROM stream_dead_letters
WHERE length(record_error) = 0 AND stage = 'sinks';
