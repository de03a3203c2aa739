-- How often each customer did what in each month.
CREATE TABLE rollup_activity
(
    month UInt32,
    customer_id UInt32,
    views UInt32,
    carts UInt32,
    wishlists UInt32,
    reviews UInt32,
    shares UInt32,
    others UInt32,
    latest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    days UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 20, index_granularity = 256;

CREATE VIEW rollup_activity_behind AS
SELECT r.month AS month, k.built AS built, r.since AS since, r.stored * 5 / 1000000 AS wait_seconds
FROM rollup_raw AS r
LEFT JOIN
(
    SELECT b.month AS month, argMax(b.mark, b.built) AS mark, max(b.built) AS built
    FROM rollup_activity AS b
    WHERE customer_id = 0
    GROUP BY month
) AS k ON k.month = r.month
WHERE r.table = 'interactions' AND r.mark != k.mark;

CREATE VIEW rollup_activity_due AS
SELECT month FROM rollup_activity_behind
WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3)
ORDER BY built, month
LIMIT 1;

CREATE MATERIALIZED VIEW refresh_rollup_activity REFRESH AFTER 4 SECOND APPEND TO rollup_activity AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    customer_id,
    toUInt32(countIf(type = 'view')) AS views,
    toUInt32(countIf(type = 'cart')) AS carts,
    toUInt32(countIf(type = 'wishlist')) AS wishlists,
    toUInt32(countIf(type = 'review')) AS reviews,
    toUInt32(countIf(type = 'share')) AS shares,
    toUInt32(countIf(type NOT IN ('view', 'cart', 'wishlist', 'review', 'share'))) AS others,
    max(ts) AS latest,
    groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(ts))) AS days,
    if(customer_id = 0, max(${mark}), 0) AS mark,
    now64(3) AS built
FROM interactions FINAL
WHERE toYYYYMM(ts) = ifNull((SELECT month FROM rollup_activity_due), 0)
GROUP BY GROUPING SETS ((month, customer_id), (month))
${one_block};

-- Interactions of each kind in each month, and the sets of who and what took part.
CREATE TABLE rollup_interactions
(
    month UInt32,
    type LowCardinality(String),
    interactions UInt64,
    duration_seconds UInt64,
    customers AggregateFunction(groupBitmap, UInt32),
    products AggregateFunction(groupBitmap, UInt32),
    whole UInt8,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (whole, type)
SETTINGS min_age_to_force_merge_seconds = 20;

CREATE VIEW rollup_interactions_behind AS
SELECT r.month AS month, k.built AS built, r.since AS since, r.stored * 5 / 1000000 AS wait_seconds
FROM rollup_raw AS r
LEFT JOIN
(
    SELECT b.month AS month, argMax(b.mark, b.built) AS mark, max(b.built) AS built
    FROM rollup_interactions AS b
    WHERE whole
    GROUP BY month
) AS k ON k.month = r.month
WHERE r.table = 'interactions' AND r.mark != k.mark;

CREATE VIEW rollup_interactions_due AS
SELECT month FROM rollup_interactions_behind
WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3)
ORDER BY built, month
LIMIT 1;

CREATE MATERIALIZED VIEW refresh_rollup_interactions REFRESH AFTER 4 SECOND APPEND TO rollup_interactions AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    type,
    count() AS interactions,
    sum(duration_seconds) AS duration_seconds,
    groupBitmapState(customer_id) AS customers,
    groupBitmapState(product_id) AS products,
    toUInt8(grouping(type) = 1) AS whole,
    if(whole, max(${mark}), 0) AS mark,
    now64(3) AS built
FROM interactions FINAL
WHERE toYYYYMM(ts) = ifNull((SELECT month FROM rollup_interactions_due), 0)
GROUP BY GROUPING SETS ((month, type), (month))
${one_block};
