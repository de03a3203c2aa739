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
SETTINGS min_age_to_force_merge_seconds = 20;

CREATE VIEW rollup_sales_behind AS
SELECT r.month AS month, k.built AS built, r.since AS since, r.stored * if(r.mark != k.mark, 5, 300) / 1000000 AS wait_seconds
FROM rollup_raw AS r
LEFT JOIN
(
    SELECT b.month AS month, argMax(b.mark, b.built) AS mark, argMax(b.digest, b.built) AS digest, max(b.built) AS built
    FROM rollup_sales AS b
    WHERE known = 2
    GROUP BY month
) AS k ON k.month = r.month
WHERE r.table = 'transactions'
    AND (r.mark != k.mark
        OR k.digest != bitXor((SELECT digest FROM rollup_segments_digest), (SELECT digest FROM rollup_products_digest)));

CREATE VIEW rollup_sales_due AS
SELECT month FROM rollup_sales_behind
WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3)
ORDER BY built, month
LIMIT 1;

-- What a month no longer has is written as nothing: a row that was only left out would stay as it was.
CREATE MATERIALIZED VIEW refresh_rollup_sales REFRESH AFTER 5 SECOND APPEND TO rollup_sales AS
WITH ifNull((SELECT month FROM rollup_sales_due), 0) AS due
SELECT
    toUInt32(due) AS month,
    if(grouping(s.known) = 1, toUInt8(2), s.known) AS known,
    s.category AS category,
    s.brand AS brand,
    s.segment AS segment,
    countIf(s.status = 'completed') AS bought,
    countIf(s.status = 'refunded') AS refunds,
    sumIf(s.amount, s.status IN ('completed', 'refunded')) AS value,
    sumIf(s.amount, s.status = 'completed') AS paid,
    groupBitmapStateIf(s.customer_id, s.status = 'completed') AS buyers,
    groupBitmapStateIf(s.customer_id, s.status = 'refunded') AS refunders,
    if(known = 2, max(s.block), 0) AS mark,
    if(known = 2, bitXor(max(s.segments), max(s.products)), 0) AS digest,
    now64(3) AS built
FROM
(
    SELECT
        t.customer_id AS customer_id,
        t.status AS status,
        t.amount AS amount,
        t.block AS block,
        p.known AS known,
        p.category AS category,
        p.brand AS brand,
        p.digest AS products,
        c.segment AS segment,
        c.digest AS segments
    FROM
    (
        SELECT customer_id, product_id, status, amount, ${mark} AS block
        FROM transactions FINAL
        WHERE toYYYYMM(ts) = due
    ) AS t
    LEFT JOIN
    (
        SELECT
            product_id,
            category,
            brand,
            toUInt8(1) AS known,
            groupBitXor(cityHash64(product_id, category, brand)) OVER () AS digest
        FROM products FINAL
        WHERE due != 0
    ) AS p ON p.product_id = t.product_id
    LEFT JOIN
    (
        SELECT customer_id, segment, groupBitXor(cityHash64(customer_id, segment)) OVER () AS digest
        FROM rollup_customers
        WHERE due != 0
    ) AS c ON c.customer_id = t.customer_id
    UNION ALL
    SELECT toUInt32(0), '', 0, 0, known, category, brand, 0, segment, 0
    FROM rollup_sales
    WHERE month = due AND known != 2
) AS s
GROUP BY GROUPING SETS ((s.known, s.category, s.brand, s.segment), ())
HAVING due != 0
${one_block};

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
SETTINGS min_age_to_force_merge_seconds = 20, index_granularity = 256;

CREATE VIEW rollup_product_months_behind AS
SELECT r.month AS month, k.built AS built, r.since AS since, r.stored * 5 / 1000000 AS wait_seconds
FROM rollup_raw AS r
LEFT JOIN
(
    SELECT b.month AS month, argMax(b.mark, b.built) AS mark, max(b.built) AS built
    FROM rollup_product_months AS b
    WHERE product_id = 0
    GROUP BY month
) AS k ON k.month = r.month
WHERE r.table = 'transactions' AND r.mark != k.mark;

CREATE VIEW rollup_product_months_due AS
SELECT month FROM rollup_product_months_behind
WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3)
ORDER BY built, month
LIMIT 1;

CREATE MATERIALIZED VIEW refresh_rollup_product_months REFRESH AFTER 4 SECOND APPEND TO rollup_product_months AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    product_id,
    toUInt32(countIf(status = 'completed')) AS bought,
    sumIf(quantity, status = 'completed') AS units,
    toUInt32(countIf(status = 'refunded')) AS refunds,
    sumIf(amount, status IN ('completed', 'refunded')) AS value,
    sumIf(amount, status = 'completed') AS paid,
    groupBitmapStateIf(customer_id, status = 'completed' AND product_id != 0) AS buyers,
    if(product_id = 0, max(${mark}), 0) AS mark,
    now64(3) AS built
FROM transactions FINAL
WHERE toYYYYMM(ts) = ifNull((SELECT month FROM rollup_product_months_due), 0)
GROUP BY GROUPING SETS ((month, product_id), (month))
${one_block};
