-- Who bought two products within seven days of each other, by the month of the later purchase: sets of customers again.
-- Row (0, 0) has the mark, made of the month's newest block and that of the month before, where a pair may begin.
CREATE TABLE rollup_pairs
(
    month UInt32,
    product_a UInt32,
    product_b UInt32,
    customers UInt32,
    buyers AggregateFunction(groupBitmap, UInt32),
    mark UInt64,
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
PARTITION BY month
ORDER BY (product_a, product_b)
SETTINGS min_age_to_force_merge_seconds = 20, index_granularity = 256;

CREATE VIEW rollup_pairs_behind AS
SELECT r.month AS month, k.built AS built, r.since AS since, (r.stored + b.stored) * 12 / 1000000 AS wait_seconds
FROM (SELECT * FROM rollup_raw WHERE table = 'transactions') AS r
LEFT JOIN (SELECT * FROM rollup_raw WHERE table = 'transactions') AS b
    ON b.month = toYYYYMM(subtractMonths(makeDate(intDiv(r.month, 100), r.month % 100, 1), 1))
LEFT JOIN
(
    SELECT b.month AS month, argMax(b.mark, b.built) AS mark, max(b.built) AS built
    FROM rollup_pairs AS b
    WHERE product_a = 0
    GROUP BY month
) AS k ON k.month = r.month
WHERE bitShiftLeft(r.mark, 32) + b.mark != k.mark;

CREATE VIEW rollup_pairs_due AS
SELECT makeDate(intDiv(month, 100), month % 100, 1) AS first_day FROM rollup_pairs_behind
WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3)
ORDER BY built, month
LIMIT 1;

CREATE MATERIALIZED VIEW refresh_rollup_pairs REFRESH AFTER 5 SECOND APPEND TO rollup_pairs AS
WITH ifNull((SELECT first_day FROM rollup_pairs_due), makeDate(1970, 1, 1)) AS first_day
SELECT
    toUInt32(toYYYYMM(first_day)) AS month,
    pair.1 AS product_a,
    pair.2 AS product_b,
    toUInt32(groupBitmapIf(customer_id, product_a != 0)) AS customers,
    groupBitmapStateIf(customer_id, product_a != 0) AS buyers,
    if(product_a = 0, bitShiftLeft(max(block), 32) + max(block_before), 0) AS mark,
    now64(3) AS built
FROM
(
    SELECT
        customer_id,
        block,
        block_before,
        arrayJoin(arrayPushBack(arrayDistinct(arrayFlatten(arrayMap(
            (later, place) -> arrayMap(
                earlier -> (least(later.2, earlier.2), greatest(later.2, earlier.2)),
                arrayFilter(
                    earlier -> earlier.2 != later.2 AND earlier.1 >= subtractDays(later.1, 7),
                    if(later.1 >= first_day, arraySlice(purchases, place + 1), []))),
            purchases,
            arrayEnumerate(purchases)))), (toUInt32(0), toUInt32(0)))) AS pair
    FROM
    (
        SELECT
            customer_id,
            arrayReverseSort(groupArrayIf((ts, product_id), status = 'completed' AND ts >= subtractDays(first_day, 7))) AS purchases,
            maxIf(${mark}, ts >= first_day) AS block,
            maxIf(${mark}, ts < first_day) AS block_before
        FROM transactions FINAL
        WHERE toYYYYMM(ts) IN (toYYYYMM(first_day), toYYYYMM(subtractMonths(first_day, 1)))
        GROUP BY customer_id
    )
)
GROUP BY product_a, product_b
${one_block};
