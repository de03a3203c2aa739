-- The rows that people ask for. Every table knows a repeat by its key: ask with FINAL (the reader has final = 1).
-- Months are partitions, so that FINAL merges only what is still being written to.

CREATE TABLE IF NOT EXISTS customers
(
    customer_id UInt32,
    name String,
    email String,
    segment LowCardinality(String),
    registration_date Date32,
    acquisition_channel LowCardinality(String),
    country LowCardinality(String),
    version UInt64,
    deleted UInt8
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY customer_id
SETTINGS index_granularity = 1024;

-- Who is erased for good, remembered by number: nothing of theirs is taken in but what they did.
CREATE TABLE IF NOT EXISTS erased_customers
(
    customer_id UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY customer_id;

CREATE TABLE IF NOT EXISTS products
(
    product_id UInt32,
    name String,
    category LowCardinality(String),
    brand LowCardinality(String),
    price Decimal(12, 2),
    stock_quantity Int32,
    launch_date Date32,
    version UInt64,
    deleted UInt8
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY product_id
SETTINGS index_granularity = 1024;

-- By customer: also the forward edges PURCHASED.
CREATE TABLE IF NOT EXISTS transactions
(
    transaction_id UInt64,
    customer_id UInt32,
    product_id UInt32,
    amount Decimal(12, 2),
    quantity Int32,
    channel LowCardinality(String),
    status LowCardinality(String),
    refers_to Nullable(UInt64),
    ts DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (customer_id, transaction_id)
SETTINGS index_granularity = 1024;

-- The completed ones by product: the edges PURCHASED in reverse.
CREATE TABLE IF NOT EXISTS purchased_by_product
(
    product_id UInt32,
    customer_id UInt32,
    transaction_id UInt64,
    amount Decimal(12, 2),
    quantity Int32,
    channel LowCardinality(String),
    status LowCardinality(String),
    ts DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (product_id, customer_id, transaction_id)
SETTINGS index_granularity = 1024;

-- Who bought each product, as a set (a Roaring bitmap): a set knows no repeat, so it is fed as events arrive and is exact
-- however its rows are merged. `at_most` counts the events, repeats among them: never fewer than there are buyers.
CREATE TABLE IF NOT EXISTS product_buyers
(
    product_id UInt32,
    buyers AggregateFunction(groupBitmap, UInt32),
    at_most SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY product_id
SETTINGS index_granularity = 64;

-- How much each customer may have bought, fed as events arrive: bounds, which repeats make looser and never wrong. The
-- counts and sums of all events, repeats among them, are never less than the purchases and the lifetime value. A mask of
-- which each purchase sets one bit never has more bits than there are purchases.
CREATE TABLE IF NOT EXISTS customer_bounds
(
    customer_id UInt32,
    purchases_at_most SimpleAggregateFunction(sum, UInt64),
    purchase_bits SimpleAggregateFunction(groupBitOr, UInt64),
    value_at_most SimpleAggregateFunction(sum, Decimal(38, 2))
)
ENGINE = AggregatingMergeTree
ORDER BY customer_id
SETTINGS index_granularity = 1024;

-- By customer: also the forward edges INTERACTED.
CREATE TABLE IF NOT EXISTS interactions
(
    interaction_id UInt64,
    customer_id UInt32,
    product_id UInt32,
    type LowCardinality(String),
    duration_seconds UInt32,
    device LowCardinality(String),
    session_id UInt64,
    ts DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (customer_id, interaction_id)
SETTINGS index_granularity = 1024;

-- The same by product: the edges INTERACTED in reverse.
CREATE TABLE IF NOT EXISTS interacted_by_product
(
    product_id UInt32,
    customer_id UInt32,
    interaction_id UInt64,
    type LowCardinality(String),
    duration_seconds UInt32,
    ts DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ts)
ORDER BY (product_id, customer_id, interaction_id)
SETTINGS index_granularity = 1024;

-- The newest features of each customer: rows by newer rules win, then those for more of the input.
CREATE TABLE IF NOT EXISTS customer_features
(
    customer_id UInt32,
    as_of DateTime64(3, 'UTC'),
    segment LowCardinality(String),
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
    churn_band LowCardinality(String),
    input_offsets Map(String, Int64),
    input_records UInt64
)
ENGINE = ReplacingMergeTree(input_records)
ORDER BY customer_id
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS churn_alerts
(
    alert_id String,
    customer_id UInt32,
    kind LowCardinality(String),
    score Float64,
    previous_score Float64,
    reason String,
    segment LowCardinality(String),
    lifetime_value Decimal(18, 2),
    as_of DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, as_of, alert_id);

-- What each customer is recommended, best first; `build` is which of recommendation_builds it belongs to. A customer's row is
-- replaced as a whole. For reason 'together', `because` is the product that it goes with, `shared` with how many of the
-- customer's purchases it does and `peers` how many bought both; otherwise `because` is how much they bought of its category
-- and `peers` how many of `segment` bought it, which is the customer's as of the refresh. `as_text` is all of it, for who asks
-- for a few customers: six arrays take twice as long to read.
CREATE TABLE IF NOT EXISTS recommendation_lists
(
    build UInt64,
    customer_id UInt32,
    as_of DateTime64(3, 'UTC'),
    products Array(UInt32),
    scores Array(Float32),
    reasons Array(UInt8),
    because Array(UInt32),
    shared Array(UInt16),
    peers Array(UInt32),
    segment LowCardinality(String),
    as_text String MATERIALIZED concat(toString((products, scores, reasons, because, shared, peers)), segment)
)
ENGINE = ReplacingMergeTree(as_of)
PARTITION BY build
ORDER BY (build, customer_id)
SETTINGS index_granularity = 128;

-- What is bought most by each segment and, with segment '', by all: the answer for customers of whom little is known.
CREATE TABLE IF NOT EXISTS recommendation_popular
(
    build UInt64,
    segment String,
    rank UInt16,
    product_id UInt32,
    peers UInt32
)
ENGINE = ReplacingMergeTree
PARTITION BY build
ORDER BY (build, segment, rank);

-- How far each build is: row -1 has its state ('begun', 'done'), row -2 up to when active customers were refreshed in it,
-- the others the slices of customers that are stored. The newest that is done answers.
CREATE TABLE IF NOT EXISTS recommendation_builds
(
    build UInt64,
    slice Int64,
    state LowCardinality(String),
    as_of DateTime64(3, 'UTC'),
    customers UInt32,
    noted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(noted_at)
ORDER BY (build, slice);

-- What a reader could not use, whole. The engine and the stream processors may both report a record: it counts once.
CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    record_ts DateTime64(3, 'UTC'),
    key Nullable(String),
    value Nullable(String),
    error String,
    stage LowCardinality(String),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset);

-- Each reader's reason for a dead letter, whose record stands in dead_letters once.
CREATE TABLE IF NOT EXISTS dead_letter_reasons
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    stage LowCardinality(String),
    error String,
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset, stage);

-- What ClickHouse refused by itself, since it could not read it or a check keeps it out, and whether the topic of dead
-- letters has its letter of it: the topic itself says so, by way of its queue. A topic that was made anew counts its offsets
-- anew: record_ts tells its records from those of before.
CREATE TABLE IF NOT EXISTS refused_records
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    record_ts DateTime64(3, 'UTC'),
    error SimpleAggregateFunction(anyLast, String),
    published SimpleAggregateFunction(max, UInt8),
    stored_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')) DEFAULT now64(3)
)
ENGINE = AggregatingMergeTree
ORDER BY (topic, partition, offset, record_ts);

-- What is known of dead letters that were sent to their topic again: 'begun' before, 'sent' once Kafka has it. Of one that
-- stays begun, Kafka is asked: it has arrived at search_from or behind, or not at all. A topic that was made anew counts
-- its offsets anew: record_ts tells its letters from those of before.
CREATE TABLE IF NOT EXISTS dead_letter_replays
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    record_ts DateTime64(3, 'UTC'),
    state LowCardinality(String),
    search_from Int64,
    sent_offset Int64,
    noted_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset, record_ts);

-- Every claim that a number stands for an id of somebody's own, by its first place in the log; external_ids says which
-- of them hold.
CREATE TABLE IF NOT EXISTS external_id_claims
(
    kind LowCardinality(String),
    text String,
    number Int64,
    place SimpleAggregateFunction(min, Int64)
)
ENGINE = AggregatingMergeTree
ORDER BY (kind, number, text)
SETTINGS index_granularity = 1024;

-- One row for each block and partition taken in: how far, how much, how fresh.
CREATE TABLE IF NOT EXISTS ingest_log
(
    stored_at DateTime64(3, 'UTC'),
    topic LowCardinality(String),
    partition Int32,
    records UInt64,
    max_offset Int64,
    max_ts DateTime64(3, 'UTC'),
    unreadable UInt64,
    readable_to Int64 DEFAULT max_offset + 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(stored_at)
ORDER BY (topic, partition, stored_at)
TTL toDateTime(stored_at) + INTERVAL 7 DAY;

-- What this installation was made with, so that a change of address or DDL is noticed.
CREATE TABLE IF NOT EXISTS installation
(
    name String,
    value String,
    changed_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(changed_at)
ORDER BY name;

-- How columns are kept. Said apart from the tables, so that tables that exist get it too: parts written from now on have
-- it, older ones when they are merged. T64 drops the bits that numbers near each other never use: it takes a third of
-- the space off ids, times and counts, and reads no slower. session_id is seldom asked for.
ALTER TABLE transactions
    MODIFY COLUMN transaction_id CODEC(T64, LZ4),
    MODIFY COLUMN customer_id CODEC(T64, LZ4),
    MODIFY COLUMN product_id CODEC(T64, LZ4),
    MODIFY COLUMN amount CODEC(T64, LZ4),
    MODIFY COLUMN quantity CODEC(T64, LZ4),
    MODIFY COLUMN ts CODEC(T64, LZ4);

ALTER TABLE purchased_by_product
    MODIFY COLUMN customer_id CODEC(T64, LZ4),
    MODIFY COLUMN transaction_id CODEC(T64, LZ4),
    MODIFY COLUMN amount CODEC(T64, LZ4),
    MODIFY COLUMN quantity CODEC(T64, LZ4),
    MODIFY COLUMN ts CODEC(T64, LZ4);

ALTER TABLE interactions
    MODIFY COLUMN interaction_id CODEC(T64, LZ4),
    MODIFY COLUMN product_id CODEC(T64, LZ4),
    MODIFY COLUMN duration_seconds CODEC(T64, LZ4),
    MODIFY COLUMN session_id CODEC(ZSTD(1)),
    MODIFY COLUMN ts CODEC(T64, LZ4);

ALTER TABLE interacted_by_product
    MODIFY COLUMN customer_id CODEC(T64, LZ4),
    MODIFY COLUMN interaction_id CODEC(T64, LZ4),
    MODIFY COLUMN duration_seconds CODEC(T64, LZ4),
    MODIFY COLUMN ts CODEC(T64, LZ4);

-- Months that are over become one part each, which is read without being merged: FINAL then costs nothing there.
ALTER TABLE customers MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE products MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE transactions MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE purchased_by_product MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE product_buyers MODIFY SETTING min_age_to_force_merge_seconds = 20, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE customer_bounds MODIFY SETTING min_age_to_force_merge_seconds = 20, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE interactions MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;
ALTER TABLE interacted_by_product MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;
