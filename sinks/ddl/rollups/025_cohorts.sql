-- What customers of each cohort (month of the first purchase) spent in each later month, over the months of the totals.
-- Row (0, 0) has what it was made from; rows of an earlier build count no more.
CREATE TABLE rollup_cohorts
(
    cohort UInt32,
    month UInt32,
    value Decimal(18, 2),
    counted UInt32,
    upto UInt32,
    mark DateTime64(3, 'UTC'),
    built DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(built)
ORDER BY (cohort, month);

CREATE VIEW rollup_cohorts_behind AS
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
    FROM rollup_cohorts AS b
    WHERE cohort = 0
) AS k
WHERE w.upto > 0 AND (w.upto != k.upto OR w.mark != k.mark);

CREATE VIEW rollup_cohorts_due AS
SELECT month FROM rollup_cohorts_behind WHERE built + toIntervalMillisecond(1000 * wait_seconds) <= now64(3);

CREATE MATERIALIZED VIEW refresh_rollup_cohorts REFRESH AFTER 5 SECOND APPEND TO rollup_cohorts AS
SELECT
    c.cohort AS cohort,
    c.event.1 AS month,
    sum(c.event.2) AS value,
    toUInt32(sum(c.event.3)) AS counted,
    if(cohort = 0, max(c.newest), 0) AS upto,
    if(cohort = 0, max(c.made), toDateTime64(0, 3, 'UTC')) AS mark,
    now64(3) AS built
FROM
(
    SELECT
        if(m.customer_id = 0, 0, minIf(m.month, m.bought > 0)) AS cohort,
        max(m.month) AS newest,
        max(m.built) AS made,
        arrayJoin(if(cohort = 0, [(toUInt32(0), toDecimal64(0, 2), toUInt32(0))], groupArray((m.month, m.value, m.counted)))) AS event
    FROM rollup_customer_months AS m FINAL
    WHERE m.month <= ifNull((SELECT month FROM rollup_cohorts_due), 0)
    GROUP BY m.customer_id
) AS c
WHERE c.event.1 = 0 OR c.event.1 >= c.cohort
GROUP BY cohort, month
${one_block};
