-- How many of its newest parts a table knows again. Blocks of the client have names, and each part made of one goes by
-- its: a block that comes twice, since nobody knew whether it had arrived, is taken in once by every table it reaches. The
-- Kafka engine's have none. What is replicated has a window of its own.
ALTER TABLE customers MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE erased_customers MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE products MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE transactions MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE purchased_by_product MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE product_buyers MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE interactions MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE interacted_by_product MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE customer_features MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE churn_alerts MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE dead_letters MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE dead_letter_reasons MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE external_id_claims MODIFY SETTING non_replicated_deduplication_window = 20000;

ALTER TABLE ingest_log MODIFY SETTING non_replicated_deduplication_window = 20000;

-- dead_letters keeps a record once, whoever refused it; every reader's reason is kept beside it. From that table and not
-- from the streams: whatever is written there has a reason, by whichever way it came.
CREATE MATERIALIZED VIEW keep_dead_letter_reasons TO dead_letter_reasons AS
SELECT topic, partition, offset, stage, error, stored_at
FROM dead_letters;

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
    deleted Bool,
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_customers ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, multiIf(
        segment = '' OR acquisition_channel = '', 'a field that has no default is missing',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        version < 0, 'the version is negative',
        '')) AS record_error FROM queue_customers;

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

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_customers TO dead_letters AS
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
FROM stream_customers
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_customers TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_customers
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_customers TO stream_customers AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, multiIf(
        segment = '' OR acquisition_channel = '', 'a field that has no default is missing',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        version < 0, 'the version is negative',
        '')) AS record_error FROM queue_customers;

CREATE TABLE queue_products
(
    product_id UInt32,
    name String,
    category String,
    brand String,
    price Decimal(12, 2),
    stock_quantity Int32,
    launch_date Date32,
    version UInt64,
    deleted Bool,
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_products ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_products;

CREATE MATERIALIZED VIEW keep_products TO products AS
SELECT product_id, name, category, brand, price, stock_quantity, launch_date, version, toUInt8(deleted) AS deleted
FROM stream_products
WHERE length(record_error) = 0;

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_products TO dead_letters AS
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
FROM stream_products
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_products TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_products
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_products TO stream_products AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_products;

CREATE TABLE queue_transactions
(
    transaction_id Int64,
    customer_id Int64,
    product_id Int64,
    amount Decimal(12, 2),
    quantity Int32,
    channel String,
    status String,
    refers_to Nullable(UInt64),
    ts DateTime64(3, 'UTC'),
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_transactions ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, multiIf(
        channel = '' OR status = '', 'a field that has no default is missing',
        transaction_id < 0, 'the event id is negative',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        product_id < 1 OR product_id > 4294967295, 'the product id is not 1 to 4294967295',
        amount > toDecimal64('9999999999.99', 2) OR amount < toDecimal64('-9999999999.99', 2),
        'the amount has more digits than its schema allows',
        ts < toDateTime64('2000-01-01 00:00:00', 3, 'UTC'), 'the event time is before the year 2000',
        toUnixTimestamp64Milli(ts) > toUnixTimestamp64Milli(record_time) + 3600000,
        'the event time is more than an hour ahead of the record''s timestamp',
        '')) AS record_error FROM queue_transactions;

CREATE MATERIALIZED VIEW keep_transactions TO transactions AS
SELECT transaction_id, customer_id, product_id, amount, quantity, channel, status, refers_to, ts
FROM stream_transactions
WHERE length(record_error) = 0;

CREATE MATERIALIZED VIEW keep_purchased_by_product TO purchased_by_product AS
SELECT product_id, customer_id, transaction_id, amount, quantity, channel, status, ts
FROM stream_transactions
WHERE length(record_error) = 0 AND status = 'completed';

CREATE MATERIALIZED VIEW keep_product_buyers TO product_buyers AS
SELECT product_id, groupBitmapState(toUInt32(customer_id)) AS buyers, count() AS at_most
FROM stream_transactions
WHERE length(record_error) = 0 AND status = 'completed'
GROUP BY product_id;

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_transactions TO dead_letters AS
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
FROM stream_transactions
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_transactions TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_transactions
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_transactions TO stream_transactions AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, multiIf(
        channel = '' OR status = '', 'a field that has no default is missing',
        transaction_id < 0, 'the event id is negative',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        product_id < 1 OR product_id > 4294967295, 'the product id is not 1 to 4294967295',
        amount > toDecimal64('9999999999.99', 2) OR amount < toDecimal64('-9999999999.99', 2),
        'the amount has more digits than its schema allows',
        ts < toDateTime64('2000-01-01 00:00:00', 3, 'UTC'), 'the event time is before the year 2000',
        toUnixTimestamp64Milli(ts) > toUnixTimestamp64Milli(record_time) + 3600000,
        'the event time is more than an hour ahead of the record''s timestamp',
        '')) AS record_error FROM queue_transactions;

CREATE TABLE queue_interactions
(
    interaction_id Int64,
    customer_id Int64,
    product_id Int64,
    type String,
    duration_seconds Int32,
    device String,
    session_id UInt64,
    ts DateTime64(3, 'UTC'),
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_interactions ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, multiIf(
        interaction_id < 0, 'the event id is negative',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        product_id < 1 OR product_id > 4294967295, 'the product id is not 1 to 4294967295',
        duration_seconds < 0, 'the duration is negative',
        ts < toDateTime64('2000-01-01 00:00:00', 3, 'UTC'), 'the event time is before the year 2000',
        toUnixTimestamp64Milli(ts) > toUnixTimestamp64Milli(record_time) + 3600000,
        'the event time is more than an hour ahead of the record''s timestamp',
        '')) AS record_error FROM queue_interactions;

CREATE MATERIALIZED VIEW keep_interactions TO interactions AS
SELECT interaction_id, customer_id, product_id, type, duration_seconds, device, session_id, ts
FROM stream_interactions
WHERE length(record_error) = 0;

CREATE MATERIALIZED VIEW keep_interacted_by_product TO interacted_by_product AS
SELECT product_id, customer_id, interaction_id, type, duration_seconds, ts
FROM stream_interactions
WHERE length(record_error) = 0;

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_interactions TO dead_letters AS
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
FROM stream_interactions
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_interactions TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_interactions
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_interactions TO stream_interactions AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, multiIf(
        interaction_id < 0, 'the event id is negative',
        customer_id < 1 OR customer_id > 4294967295, 'the customer id is not 1 to 4294967295',
        product_id < 1 OR product_id > 4294967295, 'the product id is not 1 to 4294967295',
        duration_seconds < 0, 'the duration is negative',
        ts < toDateTime64('2000-01-01 00:00:00', 3, 'UTC'), 'the event time is before the year 2000',
        toUnixTimestamp64Milli(ts) > toUnixTimestamp64Milli(record_time) + 3600000,
        'the event time is more than an hour ahead of the record''s timestamp',
        '')) AS record_error FROM queue_interactions;

CREATE TABLE queue_customer_features
(
    customer_id UInt32,
    as_of DateTime64(3, 'UTC'),
    segment String,
    first_seen DateTime64(3, 'UTC'),
    last_seen DateTime64(3, 'UTC'),
    last_purchase Nullable(DateTime64(3, 'UTC')),
    orders UInt64,
    lifetime_value Decimal(18, 2),
    active_days UInt32,
    purchases_1h UInt32,
    purchases_24h UInt32,
    purchases_7d UInt32,
    purchases_30d UInt32,
    purchases_90d UInt32,
    spend_1h Decimal(18, 2),
    spend_24h Decimal(18, 2),
    spend_7d Decimal(18, 2),
    spend_30d Decimal(18, 2),
    spend_90d Decimal(18, 2),
    interactions_1h UInt32,
    interactions_24h UInt32,
    interactions_7d UInt32,
    interactions_30d UInt32,
    interactions_90d UInt32,
    views UInt32,
    carts UInt32,
    wishlists UInt32,
    reviews UInt32,
    shares UInt32,
    categories UInt32,
    purchase_rate Float64,
    activity_rate Float64,
    engagement Float64,
    engagement_long Float64,
    engagement_trend Float64,
    churn_score Float64,
    churn_band String,
    input_offsets Map(String, Int64),
    computed_by Int64,
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_customer_features ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_customer_features;

CREATE MATERIALIZED VIEW keep_customer_features TO customer_features AS
SELECT
    customer_id, as_of, segment, first_seen, last_seen, last_purchase, orders, lifetime_value, active_days,
    purchases_1h, purchases_24h, purchases_7d, purchases_30d, purchases_90d, spend_1h, spend_24h, spend_7d, spend_30d,
    spend_90d, interactions_1h, interactions_24h, interactions_7d, interactions_30d, interactions_90d, views, carts,
    wishlists, reviews, shares, categories, purchase_rate, activity_rate, engagement, engagement_long, engagement_trend,
    churn_score, churn_band, input_offsets,
    -- By newer rules however little of the input has been read again, then by more of the input.
    bitShiftLeft(toUInt64(computed_by), 44) + arraySum(mapValues(input_offsets)) AS input_records
FROM stream_customer_features
WHERE length(record_error) = 0 AND customer_id NOT IN (SELECT customer_id FROM erased_customers);

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_customer_features TO dead_letters AS
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
FROM stream_customer_features
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_customer_features TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_customer_features
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_customer_features TO stream_customer_features AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_customer_features;

CREATE TABLE queue_churn_alerts
(
    alert_id String,
    customer_id UInt32,
    kind String,
    score Float64,
    previous_score Float64,
    reason String,
    segment String,
    lifetime_value Decimal(18, 2),
    as_of DateTime64(3, 'UTC'),
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_churn_alerts ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_churn_alerts;

CREATE MATERIALIZED VIEW keep_churn_alerts TO churn_alerts AS
SELECT alert_id, customer_id, kind, score, previous_score, reason, segment, lifetime_value, as_of
FROM stream_churn_alerts
WHERE length(record_error) = 0 AND customer_id NOT IN (SELECT customer_id FROM erased_customers);

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_churn_alerts TO dead_letters AS
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
FROM stream_churn_alerts
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_churn_alerts TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_churn_alerts
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_churn_alerts TO stream_churn_alerts AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_churn_alerts;

CREATE TABLE queue_dead_letters
(
    topic String,
    partition Int32,
    offset Int64,
    record_ts DateTime64(3, 'UTC'),
    key Nullable(String),
    value Nullable(String),
    error String,
    stage String,
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_dead_letters ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_dead_letters;

CREATE MATERIALIZED VIEW keep_dead_letters TO dead_letters AS
SELECT topic, partition, offset, record_ts, key, value, error, stage, now64(3) AS stored_at
FROM stream_dead_letters
WHERE length(record_error) = 0;

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_dead_letters TO dead_letters AS
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
FROM stream_dead_letters
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_dead_letters TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_dead_letters
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_dead_letters TO stream_dead_letters AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_dead_letters;

CREATE TABLE queue_external_ids
(
    kind String,
    text String,
    number Int64,
    content Int64,
    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
)
ENGINE = Null;

CREATE TABLE stream_external_ids ENGINE = Null EMPTY AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_external_ids;

-- Places in files are nobody's ids.
CREATE MATERIALIZED VIEW keep_external_ids TO external_id_claims AS
SELECT kind, text, number, toInt64(record_offset) AS place
FROM stream_external_ids
WHERE length(record_error) = 0 AND kind != 'rows';

-- What every stream has beside its own table: a place for what cannot be read, a log of blocks, and, last, the one view
-- on the queue. Several views on one Kafka table can lose rows at start-up, so everything fans out from a Null table.
-- A queue makes its columns anew for every record, and a LowCardinality one costs it a dictionary each time: what the
-- tables keep as LowCardinality is String there.

-- The engine has the bytes of what it cannot read alone. What it can read and makes no sense is kept out of the tables
-- here, and reported by the stream processors, whole.
CREATE MATERIALIZED VIEW refuse_external_ids TO dead_letters AS
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
FROM stream_external_ids
WHERE record_unreadable;

CREATE MATERIALIZED VIEW log_external_ids TO ingest_log AS
SELECT
    now64(3) AS stored_at,
    record_topic AS topic,
    toInt32(record_partition) AS partition,
    count() AS records,
    toInt64(max(record_offset)) AS max_offset,
    max(record_time) AS max_ts
FROM stream_external_ids
GROUP BY record_topic, record_partition;

CREATE MATERIALIZED VIEW take_external_ids TO stream_external_ids AS
SELECT *, _topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, '') AS record_error FROM queue_external_ids;

