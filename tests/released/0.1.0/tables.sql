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
    max_ts DateTime64(3, 'UTC')
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

-- Columns that came later, for tables that were there before.
ALTER TABLE customer_features
    ADD COLUMN IF NOT EXISTS categories UInt32 AFTER shares,
    ADD COLUMN IF NOT EXISTS purchase_rate Float64 AFTER categories,
    ADD COLUMN IF NOT EXISTS activity_rate Float64 AFTER purchase_rate,
    ADD COLUMN IF NOT EXISTS engagement_long Float64 AFTER engagement;

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

ALTER TABLE interactions MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;

ALTER TABLE interacted_by_product MODIFY SETTING min_age_to_force_merge_seconds = 120, min_age_to_force_merge_on_partition_only = 1;

-- The graph's view of the same rows.

CREATE OR REPLACE VIEW purchased AS
SELECT transaction_id, customer_id, product_id, amount, quantity, channel, status, ts
FROM transactions
WHERE status = 'completed';

CREATE OR REPLACE VIEW customer_values AS
SELECT customer_id, sum(amount) AS lifetime_value
FROM transactions
WHERE status IN ('completed', 'refunded')
GROUP BY customer_id;

CREATE OR REPLACE VIEW customer_nodes AS
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.email AS email,
    c.segment AS segment,
    c.registration_date AS registration_date,
    c.acquisition_channel AS acquisition_channel,
    c.country AS country,
    coalesce(v.lifetime_value, toDecimal64(0, 2)) AS lifetime_value
FROM customers AS c
LEFT JOIN customer_values AS v ON v.customer_id = c.customer_id;

CREATE OR REPLACE VIEW category_nodes AS
SELECT DISTINCT category FROM products;

CREATE OR REPLACE VIEW brand_nodes AS
SELECT DISTINCT brand FROM products;

-- Dead letters, one row each, with every reader's reason and what became of a replay ('', 'begun' or 'sent').
CREATE OR REPLACE VIEW letters AS
SELECT
    l.topic AS topic,
    l.partition AS partition,
    l.offset AS offset,
    l.record_ts AS record_ts,
    l.key AS key,
    l.value AS value,
    l.stored_at AS stored_at,
    CAST(
        if(empty(r.reasons), [(toString(l.stage), l.error)], r.reasons), 'Array(Tuple(reader String, error String))'
    ) AS reasons,
    p.state AS replay,
    p.search_from AS search_from,
    p.sent_offset AS sent_offset,
    p.noted_at AS replay_noted_at
FROM dead_letters AS l FINAL
LEFT JOIN
(
    SELECT topic, partition, offset, arraySort(groupArray((toString(stage), error))) AS reasons
    FROM dead_letter_reasons FINAL
    GROUP BY topic, partition, offset
) AS r ON r.topic = l.topic AND r.partition = l.partition AND r.offset = l.offset
LEFT JOIN
(
    SELECT topic, partition, offset, record_ts, state, search_from, sent_offset, noted_at
    FROM dead_letter_replays FINAL
) AS p ON p.topic = l.topic AND p.partition = l.partition AND p.offset = l.offset AND p.record_ts = l.record_ts;

-- The user's own ids of one kind (customer, product, session, transactions, interactions) and the numbers that stand for
-- them, as in external_ids(kind = 'customer'). Of a text, and of a number, the first claim that could hold does; two
-- replays that claim at the same time leave claims that do not. These are few: only claims that share a text or a number
-- are gone through one by one.
CREATE OR REPLACE VIEW external_ids AS
WITH
    claims AS
    (
        SELECT text, number, min(place) AS at
        FROM external_id_claims
        WHERE kind = {kind:String}
        GROUP BY text, number
    ),
    shared_texts AS (SELECT text FROM claims GROUP BY text HAVING count() > 1),
    shared_numbers AS (SELECT number FROM claims GROUP BY number HAVING count() > 1),
    shared AS
    (
        SELECT arrayFold(
            (held, claim) -> if(
                has(held.1, claim.2) OR has(held.2, claim.3),
                held,
                (arrayPushBack(held.1, claim.2), arrayPushBack(held.2, claim.3))
            ),
            arraySort(groupArray((at, text, number))),
            (emptyArrayString(), emptyArrayInt64())
        ) AS held
        FROM claims
        WHERE text IN shared_texts OR number IN shared_numbers
    )
SELECT text, number
FROM claims
WHERE text NOT IN shared_texts AND number NOT IN shared_numbers
UNION ALL
SELECT one.1 AS text, one.2 AS number
FROM shared
ARRAY JOIN arrayZip(held.1, held.2) AS one;

