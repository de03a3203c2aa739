-- purpose: How many customers of each monthly cohort (month of the first purchase) buy again in later months
-- parameters:
--   as_of   DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   months  UInt16                = 12             months followed after the first
-- columns:
--   cohort         first day of the month of the first completed purchase (UTC)
--   months_since   months after the cohort's month, 0 for itself
--   cohort_size    customers of the cohort; who is gone or unknown counts, or a deletion would change the past
--   active         of these, how many have a completed purchase in that month
--   retention      percent
--   revenue        USD in that month, completed plus refunded
WITH
(SELECT argMax(upto, built) FROM rollup_cohorts WHERE NOT running AND cohort = 0) AS sealed,
spent AS
(
    SELECT cohort, month, value, active, sum(if(month = cohort, active, 0)) OVER (PARTITION BY cohort) AS cohort_size
    FROM rollup_cohorts
    WHERE cohort != 0 AND counted > 0 AND (NOT running OR month > sealed) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        AND (running, built) IN (SELECT running, max(built) FROM rollup_cohorts WHERE cohort = 0 GROUP BY running)
)
SELECT
    makeDate(intDiv(s.cohort, 100), s.cohort % 100, 1) AS cohort,
    dateDiff('month', cohort, makeDate(intDiv(s.month, 100), s.month % 100, 1)) AS months_since,
    s.cohort_size AS cohort_size,
    s.active AS active,
    round(100 * active / cohort_size, 2) AS retention,
    s.value AS revenue
FROM spent AS s
WHERE months_since <= {months:UInt16}
ORDER BY cohort, months_since
