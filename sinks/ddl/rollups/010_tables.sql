-- Rollups: what the reports would otherwise add up again and again, kept up by the engine itself as events arrive.
--
-- Streams are at-least-once, so nothing is ever added to: a month whose raw rows changed is computed again from its
-- deduplicated rows, and its new rows replace the old ones. Which rows a build has seen stands in the build itself: `mark`
-- is the newest block among the rows that were scanned, so none can be missed. A month's build is one block, hence one part:
-- whole or not there, whenever the process ends. The row of a month with key 0 holds the month's totals and its mark.
-- A part is merged with the one it replaces at once: rows of a month in one part are read without being merged.

-- What each customer bought in each month.
CREATE TABLE rollup_customer_months
(
    month UInt32,
    customer_id UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    units Int64,
    products Array(UInt32) CODEC(ZSTD(1)),
    earliest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    latest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    days UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 1, index_granularity = 256;

-- Sales of each product in each month, and the set of its buyers.
CREATE TABLE rollup_product_months
(
    month UInt32,
    product_id UInt32,
    bought UInt32,
    units Int64,
    refunds UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY product_id
SETTINGS min_age_to_force_merge_seconds = 1, index_granularity = 64;

-- What each segment bought in each month, by category and brand of the product, and who: sets of customers are exact however
-- often one is added. A customer's change of segment or a product's of category makes months anew as well, at a slower pace.
-- `known` is 0 for products there are none of (any more), 2 for the row of the whole month.
CREATE TABLE rollup_sales
(
    month UInt32,
    known UInt8,
    category LowCardinality(String),
    brand LowCardinality(String),
    segment LowCardinality(String),
    bought UInt64,
    refunds UInt64,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    refunders AggregateFunction(groupBitmap, UInt32),
    mark UInt64,
    digest UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (known, category, brand, segment)
SETTINGS min_age_to_force_merge_seconds = 1;

-- Who bought two products within seven days of each other, by the month of the later purchase. These sets are lists: most
-- have one member, and a bitmap takes a hundred bytes of memory at least, of which a month may need tens of millions. Most
-- pairs are one customer's: `rare` keeps them apart. A pair may have become frequent since, or be none any more: only rows of a
-- month's newest build count, and no other month's build has its time. Row (0, 0, 0) has the mark, made of the month's newest block and that of the month before, where a pair may begin.
CREATE TABLE rollup_pair_months
(
    month UInt32,
    rare UInt8,
    product_a UInt32,
    product_b UInt32,
    customers UInt32,
    buyers Array(UInt32),
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (rare, product_a, product_b)
SETTINGS min_age_to_force_merge_seconds = 10, index_granularity = 256;

CREATE VIEW rollup_pairs AS
SELECT month, rare, product_a, product_b, customers, buyers
FROM rollup_pair_months
WHERE product_a != 0
    AND built IN (SELECT max(b.built) FROM rollup_pair_months AS b WHERE rare = 0 AND product_a = 0 GROUP BY month)
SETTINGS final = 0;

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
SETTINGS min_age_to_force_merge_seconds = 1, index_granularity = 256;

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
SETTINGS min_age_to_force_merge_seconds = 1;

-- Totals: the same over all months but the newest two, which alone change all the time. Each build has all of them; the row
-- with key 0 (known = 2) has the totals of the months, up to which, and what they were made from.
CREATE TABLE rollup_customer_totals
(
    customer_id UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    units Int64,
    products Array(UInt32) CODEC(ZSTD(1)),
    earliest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    latest DateTime64(3, 'UTC') CODEC(T64, LZ4),
    first_month UInt32,
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 10, index_granularity = 1024;

CREATE TABLE rollup_product_totals
(
    product_id UInt32,
    bought UInt32,
    units Int64,
    refunds UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY product_id
SETTINGS min_age_to_force_merge_seconds = 10, index_granularity = 64;

CREATE TABLE rollup_sales_totals
(
    known UInt8,
    category LowCardinality(String),
    brand LowCardinality(String),
    segment LowCardinality(String),
    bought UInt64,
    refunds UInt64,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    buyers AggregateFunction(groupBitmap, UInt32),
    refunders AggregateFunction(groupBitmap, UInt32),
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY (known, category, brand, segment)
SETTINGS min_age_to_force_merge_seconds = 10;

-- What customers of each cohort (month of the first purchase) spent in each later month, and how many bought: over the months
-- of the totals (running = 0), and over the newest two. Row (0, 0) has what it was made from.
CREATE TABLE rollup_cohorts
(
    running UInt8,
    cohort UInt32,
    month UInt32,
    value Decimal(18, 2),
    counted UInt32,
    active UInt32,
    upto UInt32,
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY (running, cohort, month);

-- Everyone there is, with what they bought in all: one row to read for each customer. Each build has all of them; the row
-- with key 0 has what was there to be seen, and a digest of the segments.
CREATE TABLE rollup_customer_snapshots
(
    customer_id UInt32,
    segment LowCardinality(String),
    registration_date Date32,
    acquisition_channel LowCardinality(String),
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    latest DateTime64(3, 'UTC'),
    mark UInt64,
    digest UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 10;

-- The newest build alone: customers who are gone are not in it, and no row needs to be compared with others.
CREATE VIEW rollup_customers AS
SELECT customer_id, segment, registration_date, acquisition_channel, value, paid, bought, counted, latest
FROM rollup_customer_snapshots
WHERE customer_id != 0 AND built = (SELECT max(built) FROM rollup_customer_snapshots WHERE customer_id = 0)
SETTINGS final = 0;
