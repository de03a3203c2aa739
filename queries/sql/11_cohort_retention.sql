-- purpose: How many customers of each monthly cohort (month of the first purchase) buy again in later months
-- parameters:
--   as_of   DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   months  UInt16                = 12             months followed after the first
-- columns:
--   cohort         first day of the month of the first completed purchase (UTC)
--   months_since   months after the cohort's month, 0 for itself
--   cohort_size    customers of the cohort
--   active         of these, how many have a completed purchase in that month
--   retention      percent
--   revenue        USD in that month, completed plus refunded
WITH
(SELECT argMax(upto, built) FROM rollup_cohorts WHERE cohort = 0) AS sealed,
buyers AS
(
    SELECT month, buyers FROM rollup_sales WHERE known = 2 AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
),
cohorts AS
(
    -- Who bought in a month and in none before.
    SELECT
        b.month AS month,
        bitmapAndnot(any(b.buyers), groupBitmapMergeStateIf(e.buyers, e.month < b.month)) AS members
    FROM buyers AS b
    CROSS JOIN buyers AS e
    GROUP BY b.month
),
spent AS
(
    SELECT cohort, month, sum(value) AS value, sum(counted) AS counted
    FROM
    (
        SELECT cohort, month, value, counted
        FROM (SELECT *, max(built) OVER () AS newest FROM rollup_cohorts)
        WHERE built = newest AND cohort != 0
        UNION ALL
        -- The months that the rollup leaves out.
        SELECT if(t.first_month = 0, m.cohort, t.first_month) AS cohort, m.event.1 AS month, m.event.2 AS value, m.event.3 AS counted
        FROM
        (
            SELECT
                customer_id,
                minIf(month, bought > 0) AS cohort,
                arrayJoin(groupArray((month, value, counted))) AS event
            FROM rollup_customer_months
            WHERE customer_id != 0 AND month > sealed AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
            GROUP BY customer_id
        ) AS m
        LEFT JOIN (SELECT customer_id, first_month FROM rollup_customer_totals WHERE customer_id != 0) AS t
            ON t.customer_id = m.customer_id
    )
    WHERE cohort != 0 AND month >= cohort
    GROUP BY cohort, month
    HAVING counted > 0
)
SELECT
    makeDate(intDiv(s.cohort, 100), s.cohort % 100, 1) AS cohort,
    dateDiff('month', cohort, makeDate(intDiv(s.month, 100), s.month % 100, 1)) AS months_since,
    bitmapCardinality(c.members) AS cohort_size,
    bitmapAndCardinality(c.members, b.buyers) AS active,
    round(100 * active / cohort_size, 2) AS retention,
    s.value AS revenue
FROM spent AS s
INNER JOIN cohorts AS c ON c.month = s.cohort
INNER JOIN buyers AS b ON b.month = s.month
WHERE months_since <= {months:UInt16}
ORDER BY cohort, months_since
