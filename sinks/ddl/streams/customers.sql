CREATE TABLE queue_customers
(
    customer_id Int64,
    name String,
    email String,
    segment String,
    registration_date Date32,
    acquisition_channel String,
    country String,
    version Int64,
    deleted Bool${received}
)
${engine};

CREATE TABLE stream_customers ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_customers;

CREATE MATERIALIZED VIEW keep_customers TO customers AS
SELECT
    customer_id, name, email, segment, registration_date, acquisition_channel, country, version, toUInt8(deleted) AS deleted
FROM stream_customers
WHERE length(record_error) = 0;
