CREATE TABLE queue_external_ids
(
    kind String,
    text String,
    number Int64,
    content Int64${received}
)
${engine};

CREATE TABLE stream_external_ids ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_external_ids;

-- Places in files are nobody's ids.
CREATE MATERIALIZED VIEW keep_external_ids TO external_id_claims AS
SELECT kind, text, number, toInt64(record_offset) AS place
FROM stream_external_ids
WHERE length(record_error) = 0 AND kind != 'rows';
