CREATE MATERIALIZED VIEW refresh_rollup_customer_months REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_customer_months AS
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
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'customer_months')
GROUP BY GROUPING SETS ((month, customer_id), (month))
${one_block};

CREATE MATERIALIZED VIEW refresh_rollup_customer_totals REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_customer_totals AS
SELECT
    m.customer_id AS customer_id,
    sum(m.value) AS value,
    sum(m.paid) AS paid,
    toUInt32(sum(m.bought)) AS bought,
    toUInt32(sum(m.counted)) AS counted,
    sum(m.units) AS units,
    groupUniqArrayArray(m.products) AS products,
    minIf(m.earliest, m.bought > 0) AS earliest,
    max(m.latest) AS latest,
    minIf(m.month, m.bought > 0) AS first_month,
    if(customer_id = 0, max(m.month), 0) AS upto,
    groupBitXorIf(cityHash64(m.month, toUnixTimestamp64Milli(m.built)), m.customer_id = 0) AS mark,
    now64(3) AS built
FROM rollup_customer_months AS m FINAL
WHERE m.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'customer_totals'), 0)
GROUP BY m.customer_id
${one_block};

-- Both together: one row for each month of the newest, and one for all before.
CREATE VIEW rollup_customer_parts AS
SELECT customer_id, 0 AS month, value, paid, bought, counted, units, products, earliest, latest, first_month
FROM rollup_customer_totals
WHERE customer_id != 0 AND built = (SELECT max(built) FROM rollup_customer_totals WHERE customer_id = 0)
SETTINGS final = 0
UNION ALL
SELECT customer_id, month, value, paid, bought, counted, units, products, earliest, latest, if(bought > 0, month, 0) AS first_month
FROM rollup_customer_months FINAL
WHERE customer_id != 0 AND month > (SELECT argMax(upto, built) FROM rollup_customer_totals WHERE customer_id = 0);

-- The digest comes first: one of older rows than those beside it is of another build soon, one of newer rows would stay.
CREATE MATERIALIZED VIEW refresh_rollup_customers REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_customer_snapshots AS
WITH ifNull((SELECT mark FROM rollup_turns WHERE name = 'customers'), 0) AS seen,
    (SELECT now64(3)) AS moment
SELECT
    0 AS customer_id,
    '' AS segment,
    toDate32(0) AS registration_date,
    '' AS acquisition_channel,
    0 AS value,
    0 AS paid,
    0 AS bought,
    0 AS counted,
    toDateTime64(0, 3, 'UTC') AS latest,
    seen AS mark,
    groupBitXor(cityHash64(c.customer_id, c.segment)) AS digest,
    moment AS built
FROM customers AS c FINAL
WHERE seen != 0
HAVING seen != 0
UNION ALL
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
    toUInt64(0) AS mark,
    toUInt64(0) AS digest,
    moment AS built
FROM (SELECT customer_id, segment, registration_date, acquisition_channel FROM customers FINAL WHERE seen != 0) AS c
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
    WHERE seen != 0
    GROUP BY p.customer_id
) AS v ON v.customer_id = c.customer_id
${one_block};

CREATE MATERIALIZED VIEW refresh_rollup_cohorts REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_cohorts AS
SELECT
    0 AS running,
    c.cohort AS cohort,
    c.event.1 AS month,
    sum(c.event.2) AS value,
    toUInt32(sum(c.event.3)) AS counted,
    toUInt32(sum(c.event.4)) AS active,
    if(cohort = 0, max(c.newest), 0) AS upto,
    if(cohort = 0, max(c.made), 0) AS mark,
    now64(3) AS built
FROM
(
    SELECT
        if(m.customer_id = 0, 0, minIf(m.month, m.bought > 0)) AS cohort,
        max(m.month) AS newest,
        groupBitXorIf(cityHash64(m.month, toUnixTimestamp64Milli(m.built)), m.customer_id = 0) AS made,
        arrayJoin(if(
            cohort = 0,
            [(toUInt32(0), toDecimal64(0, 2), toUInt32(0), toUInt8(0))],
            groupArray((m.month, m.value, m.counted, m.bought > 0)))) AS event
    FROM rollup_customer_months AS m FINAL
    WHERE m.month <= ifNull((SELECT month FROM rollup_turns WHERE name = 'cohorts'), 0)
    GROUP BY m.customer_id
) AS c
WHERE c.event.1 = 0 OR c.event.1 >= c.cohort
GROUP BY cohort, month
${one_block};

-- The newest months: whoever is not in the totals as a buyer began in them.
CREATE MATERIALIZED VIEW refresh_rollup_cohorts_running REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_cohorts AS
WITH ifNull((SELECT mark FROM rollup_turns WHERE name = 'cohorts_running'), 0) AS seen,
    (SELECT now64(3)) AS moment
SELECT
    1 AS running,
    if(t.first_month = 0, m.cohort, t.first_month) AS cohort,
    m.event.1 AS month,
    sum(m.event.2) AS value,
    toUInt32(sum(m.event.3)) AS counted,
    toUInt32(sum(m.event.4)) AS active,
    0 AS upto,
    0 AS mark,
    moment AS built
FROM
(
    SELECT
        customer_id,
        minIf(p.month, p.bought > 0) AS cohort,
        arrayJoin(groupArray((p.month, p.value, p.counted, p.bought > 0))) AS event
    FROM rollup_customer_months AS p FINAL
    WHERE customer_id != 0 AND seen != 0
        AND p.month > (SELECT argMax(upto, built) FROM rollup_customer_totals WHERE customer_id = 0)
    GROUP BY customer_id
) AS m
LEFT JOIN (SELECT customer_id, first_month FROM rollup_customer_totals FINAL WHERE seen != 0) AS t
    ON t.customer_id = m.customer_id
WHERE cohort != 0 AND m.event.1 >= cohort
GROUP BY cohort, month
UNION ALL
SELECT 1, 0, 0, 0, 0, 0, 0, seen, moment WHERE seen != 0
${one_block};
