-- Of the customers whose first purchase was in a month, the share that bought again so many months later.
WITH
(SELECT argMax(upto, built) FROM rollup_cohorts WHERE NOT running AND cohort = 0) AS sealed,
seen AS
(
    SELECT
        c.cohort AS cohort,
        dateDiff('month', makeDate(intDiv(c.cohort, 100), c.cohort % 100, 1), makeDate(intDiv(c.month, 100), c.month % 100, 1)) AS months_since,
        c.active AS active
    FROM rollup_cohorts AS c
    WHERE c.cohort != 0 AND c.counted > 0 AND (NOT c.running OR c.month > sealed)
        AND (c.running, c.built) IN (SELECT running, max(built) FROM rollup_cohorts WHERE cohort = 0 GROUP BY running)
)
SELECT
    formatDateTime(makeDate(intDiv(s.cohort, 100), s.cohort % 100, 1), '%Y-%m') AS month,
    sumIf(s.active, months_since = 0) AS customers,
    sumIf(s.active, months_since = 1) / customers AS `1`,
    sumIf(s.active, months_since = 2) / customers AS `2`,
    sumIf(s.active, months_since = 3) / customers AS `3`,
    sumIf(s.active, months_since = 6) / customers AS `6`,
    sumIf(s.active, months_since = 9) / customers AS `9`,
    sumIf(s.active, months_since = 12) / customers AS `12`
FROM seen AS s
GROUP BY s.cohort
HAVING customers > 0
ORDER BY month DESC
LIMIT 24
