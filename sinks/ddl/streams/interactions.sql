CREATE TABLE queue_interactions
(
    interaction_id Int64,
    customer_id Int64,
    product_id Int64,
    type String,
    duration_seconds Int32,
    device String,
    session_id UInt64,
    ts DateTime64(3, 'UTC')${received}
)
${engine};

CREATE TABLE stream_interactions ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_interactions;

CREATE MATERIALIZED VIEW keep_interactions TO interactions AS
SELECT interaction_id, customer_id, product_id, type, duration_seconds, device, session_id, ts
FROM stream_interactions
WHERE length(record_error) = 0;

CREATE MATERIALIZED VIEW keep_interacted_by_product TO interacted_by_product AS
SELECT product_id, customer_id, interaction_id, type, duration_seconds, ts
FROM stream_interactions
WHERE length(record_error) = 0;
