-- What a month no longer has is written as nothing: a row that was only left out would stay as it was.
CREATE MATERIALIZED VIEW refresh_rollup_sales REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_sales AS
WITH (SELECT groupArray(month) FROM rollup_turns WHERE name = 'sales') AS due, (SELECT digest FROM rollup_maps) AS maps
SELECT
    s.month AS month,
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
    if(known = 2, maps, 0) AS digest,
    now64(3) AS built
FROM
(
    SELECT
        t.month AS month,
        t.customer_id AS customer_id,
        t.status AS status,
        t.amount AS amount,
        t.block AS block,
        p.known AS known,
        p.category AS category,
        p.brand AS brand,
        c.segment AS segment
    FROM
    (
        SELECT toUInt32(toYYYYMM(ts)) AS month, customer_id, product_id, status, amount, ${mark} AS block
        FROM transactions FINAL
        WHERE has(due, toYYYYMM(ts))
    ) AS t
    LEFT JOIN (SELECT product_id, category, brand, toUInt8(1) AS known FROM products FINAL WHERE notEmpty(due)) AS p
        ON p.product_id = t.product_id
    LEFT JOIN (SELECT customer_id, segment FROM rollup_customers WHERE notEmpty(due)) AS c ON c.customer_id = t.customer_id
    UNION ALL
    SELECT month, toUInt32(0), '', 0, 0, known, category, brand, segment
    FROM rollup_sales
    WHERE has(due, month) AND known != 2
) AS s
GROUP BY GROUPING SETS ((s.month, s.known, s.category, s.brand, s.segment), (s.month))
${one_block};

CREATE MATERIALIZED VIEW refresh_rollup_sales_totals REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_sales_totals AS
SELECT
    s.known AS known,
    s.category AS category,
    s.brand AS brand,
    s.segment AS segment,
    sum(s.bought) AS bought,
    sum(s.refunds) AS refunds,
    sum(s.value) AS value,
    sum(s.paid) AS paid,
    groupBitmapMergeState(s.buyers) AS buyers,
    groupBitmapMergeState(s.refunders) AS refunders,
    if(known = 2, max(s.month), 0) AS upto,
    groupBitXorIf(cityHash64(s.month, toUnixTimestamp64Milli(s.built)), s.known = 2) AS mark,
    now64(3) AS built
FROM rollup_sales AS s FINAL
WHERE s.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'sales_totals'), 0)
GROUP BY s.known, s.category, s.brand, s.segment
${one_block};

CREATE VIEW rollup_sales_parts AS
SELECT known, category, brand, segment, bought, refunds, value, paid, buyers, refunders
FROM rollup_sales_totals
WHERE built = (SELECT max(built) FROM rollup_sales_totals WHERE known = 2)
SETTINGS final = 0
UNION ALL
SELECT known, category, brand, segment, bought, refunds, value, paid, buyers, refunders
FROM rollup_sales FINAL
WHERE month > (SELECT argMax(upto, built) FROM rollup_sales_totals WHERE known = 2);

CREATE MATERIALIZED VIEW refresh_rollup_product_months REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_product_months AS
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
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'product_months')
GROUP BY GROUPING SETS ((month, product_id), (month))
${one_block};

CREATE MATERIALIZED VIEW refresh_rollup_product_totals REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_product_totals AS
SELECT
    m.product_id AS product_id,
    toUInt32(sum(m.bought)) AS bought,
    sum(m.units) AS units,
    toUInt32(sum(m.refunds)) AS refunds,
    sum(m.value) AS value,
    sum(m.paid) AS paid,
    groupBitmapMergeState(m.buyers) AS buyers,
    if(product_id = 0, max(m.month), 0) AS upto,
    groupBitXorIf(cityHash64(m.month, toUnixTimestamp64Milli(m.built)), m.product_id = 0) AS mark,
    now64(3) AS built
FROM rollup_product_months AS m FINAL
WHERE m.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'product_totals'), 0)
GROUP BY m.product_id
${one_block};

CREATE VIEW rollup_product_parts AS
SELECT product_id, bought, units, refunds, value, paid, buyers
FROM rollup_product_totals
WHERE product_id != 0 AND built = (SELECT max(built) FROM rollup_product_totals WHERE product_id = 0)
SETTINGS final = 0
UNION ALL
SELECT product_id, bought, units, refunds, value, paid, buyers
FROM rollup_product_months FINAL
WHERE product_id != 0 AND month > (SELECT argMax(upto, built) FROM rollup_product_totals WHERE product_id = 0);

-- A purchase makes pairs with the customer's 50 before it at most: who buys by the thousand bounds nobody's memory. Each of a
-- customer's pairs comes once a month, and is one number while it is grouped by. The mark is that of the turn, which was
-- before the rows were read, and the turn is asked once: it may be another's a moment later. No two months have the same time:
-- which rows are of a month's newest build is told by it.
CREATE MATERIALIZED VIEW refresh_rollup_pairs REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_pair_months AS
WITH
(SELECT groupArray((month, mark)) FROM rollup_turns WHERE name = 'pairs') AS due,
due.1 AS months,
(SELECT now64(3)) AS moment
SELECT
    pair.1 AS month,
    customers = 1 AS rare,
    toUInt32(bitShiftRight(pair.2, 32)) AS product_a,
    toUInt32(bitAnd(pair.2, 0xFFFFFFFF)) AS product_b,
    toUInt32(length(buyers)) AS customers,
    arraySort(groupArray(customer_id)) AS buyers,
    0 AS mark,
    addMilliseconds(moment, indexOf(months, pair.1)) AS built
FROM
(
    SELECT
        customer_id,
        arrayJoin(arrayDistinct(arrayFlatten(arrayMap(
            (later, place) -> arrayMap(
                earlier -> (
                    toYYYYMM(later.1),
                    bitShiftLeft(toUInt64(least(later.3, earlier.3)), 32) + greatest(later.3, earlier.3)),
                arrayFilter(
                    earlier -> earlier.3 != later.3 AND earlier.1 >= subtractDays(later.1, 7),
                    if(has(months, toYYYYMM(later.1)), arraySlice(purchases, place + 1, 50), []))),
            purchases,
            arrayEnumerate(purchases))))) AS pair
    FROM
    (
        SELECT customer_id, arrayReverseSort(groupArray((ts, transaction_id, product_id))) AS purchases
        FROM transactions FINAL
        WHERE toYYYYMM(ts) IN
            (
                SELECT arrayJoin([month, toYYYYMM(subtractMonths(makeDate(intDiv(month, 100), month % 100, 1), 1))])
                FROM (SELECT arrayJoin(months) AS month)
            )
            AND status = 'completed' AND (has(months, toYYYYMM(ts)) OR has(months, toYYYYMM(addDays(ts, 7))))
        GROUP BY customer_id
    )
)
GROUP BY pair.1, pair.2
UNION ALL
SELECT
    turn.1 AS month,
    0 AS rare,
    0 AS product_a,
    0 AS product_b,
    0 AS customers,
    [] AS buyers,
    turn.2 AS mark,
    addMilliseconds(moment, indexOf(months, turn.1)) AS built
FROM (SELECT arrayJoin(due) AS turn)
${one_block};
