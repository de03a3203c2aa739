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
SETTINGS min_age_to_force_merge_seconds = 20, index_granularity = 256;

CREATE VIEW rollup_customer_months_behind AS
SELECT r.month AS month, k.built AS built, r.since AS since, r.stored * 5 / 1000000 AS wait_seconds
FROM rollup_raw AS r
LEFT JOIN
(
    SELECT b.month AS month, argMax(b.mark, b.built) AS mark, max(b.built) AS built
    FROM rollup_customer_months AS b
    WHERE customer_id = 0
    GROUP BY month
) AS k ON k.month = r.month
WHERE r.table = 'transactions' AND r.mark != k.mark;

CREATE VIEW rollup_customer_months_due AS
SELECT month FROM rollup_customer_months_behind
WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3)
ORDER BY built, month
LIMIT 1;

CREATE MATERIALIZED VIEW refresh_rollup_customer_months REFRESH AFTER 4 SECOND APPEND TO rollup_customer_months AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    customer_id,
    sumIf(amount, status IN ('completed', 'refunded')) AS value,
    sumIf(amount, status = 'completed') AS paid,
    toUInt32(countIf(status = 'completed')) AS bought,
    toUInt32(countIf(status IN ('completed', 'refunded'))) AS counted,
    sumIf(quantity, status = 'completed') AS units,
    groupUniqArrayIf(product_id, status = 'completed' AND customer_id != 0) AS products,
    minIf(ts, status = 'completed') AS earliest,
    maxIf(ts, status = 'completed') AS latest,
    groupBitOrIf(bitShiftLeft(toUInt32(1), toDayOfMonth(ts)), status = 'completed') AS days,
    if(customer_id = 0, max(${mark}), 0) AS mark,
    now64(3) AS built
FROM transactions FINAL
WHERE toYYYYMM(ts) = ifNull((SELECT month FROM rollup_customer_months_due), 0)
GROUP BY GROUPING SETS ((month, customer_id), (month))
${one_block};

-- The same over all months but the newest two, which alone change all the time. Row 0 says up to which month.
CREATE TABLE rollup_customer_totals
(
    customer_id UInt32,
    value Decimal(18, 2),
    paid Decimal(18, 2),
    bought UInt32,
    counted UInt32,
    latest DateTime64(3, 'UTC'),
    first_month UInt32,
    upto UInt32,
    mark DateTime64(3, 'UTC'),
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY customer_id
SETTINGS min_age_to_force_merge_seconds = 20;

CREATE VIEW rollup_customer_totals_behind AS
SELECT w.upto AS month, k.built AS built, w.mark AS since, w.stored * 3 / 1000000 AS wait_seconds
FROM
(
    SELECT max(w.month) AS upto, max(w.made) AS mark, sum(w.customers) AS stored
    FROM
    (
        SELECT month, max(built) AS made, argMax(bought, built) AS customers
        FROM rollup_customer_months
        WHERE customer_id = 0
        GROUP BY month
        ORDER BY month DESC
        LIMIT 1000 OFFSET 2
    ) AS w
) AS w
CROSS JOIN
(
    SELECT argMax(b.upto, b.built) AS upto, argMax(b.mark, b.built) AS mark, max(b.built) AS built
    FROM rollup_customer_totals AS b
    WHERE customer_id = 0
) AS k
WHERE w.upto > 0 AND (w.upto != k.upto OR w.mark != k.mark);

CREATE VIEW rollup_customer_totals_due AS
SELECT month FROM rollup_customer_totals_behind WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3);

CREATE MATERIALIZED VIEW refresh_rollup_customer_totals REFRESH AFTER 5 SECOND APPEND TO rollup_customer_totals AS
SELECT
    m.customer_id AS customer_id,
    sum(m.value) AS value,
    sum(m.paid) AS paid,
    toUInt32(sum(m.bought)) AS bought,
    toUInt32(sum(m.counted)) AS counted,
    max(m.latest) AS latest,
    minIf(m.month, m.bought > 0) AS first_month,
    if(customer_id = 0, max(m.month), 0) AS upto,
    if(customer_id = 0, max(m.built), toDateTime64(0, 3, 'UTC')) AS mark,
    now64(3) AS built
FROM rollup_customer_months AS m FINAL
WHERE m.month <= ifNull((SELECT month FROM rollup_customer_totals_due), 0)
GROUP BY m.customer_id
${one_block};

-- Both together: one row for each month of the newest, and one for all before.
CREATE VIEW rollup_customer_parts AS
SELECT customer_id, 0 AS month, value, paid, bought, counted, latest, first_month
FROM rollup_customer_totals FINAL
WHERE customer_id != 0
UNION ALL
SELECT customer_id, month, value, paid, bought, counted, latest, if(bought > 0, month, 0) AS first_month
FROM rollup_customer_months FINAL
WHERE customer_id != 0 AND month > (SELECT argMax(upto, built) FROM rollup_customer_totals WHERE customer_id = 0);

-- Everyone there is, with what they bought in all: one row to read for each customer. It is replaced as a whole. What was
-- there to be seen is written down in each row: as long as it is what the refresh before saw as well, rows are only copied.
CREATE TABLE rollup_customers
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
    seen UInt64,
    seen_before UInt64
)
ENGINE = MergeTree
ORDER BY customer_id
SETTINGS index_granularity = 8192;

CREATE VIEW rollup_customers_seen AS
SELECT cityHash64(
    (
        SELECT greatest(toUInt64(max(max_block_number)), toUInt64(max(data_version)))
        FROM system.parts
        WHERE database = currentDatabase() AND active AND table = 'customers'
    ),
    (SELECT max(built) FROM rollup_customer_months WHERE customer_id = 0),
    (SELECT max(built) FROM rollup_customer_totals WHERE customer_id = 0)) AS seen;

CREATE MATERIALIZED VIEW refresh_rollup_customers REFRESH AFTER 10 SECOND TO rollup_customers AS
WITH
    (SELECT seen FROM rollup_customers_seen) AS now_seen,
    (SELECT max(seen_before) FROM rollup_customers) != now_seen AS changed,
    (SELECT max(seen) FROM rollup_customers) AS last_seen
SELECT
    c.customer_id AS customer_id,
    c.segment AS segment,
    c.registration_date AS registration_date,
    c.acquisition_channel AS acquisition_channel,
    v.value AS value,
    v.paid AS paid,
    toUInt32(v.bought) AS bought,
    toUInt32(v.counted) AS counted,
    v.latest AS latest,
    now_seen AS seen,
    last_seen AS seen_before
FROM (SELECT customer_id, segment, registration_date, acquisition_channel FROM customers FINAL WHERE changed) AS c
LEFT JOIN
(
    SELECT
        p.customer_id AS customer_id,
        sum(p.value) AS value,
        sum(p.paid) AS paid,
        sum(p.bought) AS bought,
        sum(p.counted) AS counted,
        max(p.latest) AS latest
    FROM rollup_customer_parts AS p
    WHERE changed
    GROUP BY p.customer_id
) AS v ON v.customer_id = c.customer_id
UNION ALL
SELECT customer_id, segment, registration_date, acquisition_channel, value, paid, bought, counted, latest, seen, seen_before
FROM rollup_customers
WHERE NOT changed
${one_block};

-- The maps from customers to segments and from products to categories and brands, as one number each.
CREATE VIEW rollup_segments_digest AS
SELECT groupBitXor(cityHash64(customer_id, segment)) AS digest FROM rollup_customers;

CREATE VIEW rollup_products_digest AS
SELECT groupBitXor(cityHash64(product_id, category, brand)) AS digest FROM products FINAL;
