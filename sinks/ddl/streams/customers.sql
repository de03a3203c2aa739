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

-- By the last version there is, schemas.ids.LAST_VERSION: no record brings such a customer back.
CREATE MATERIALIZED VIEW keep_erased_customers TO erased_customers AS
SELECT customer_id
FROM stream_customers
WHERE length(record_error) = 0 AND deleted AND version >= 9007199254740991;
