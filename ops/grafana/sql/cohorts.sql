-- Of the customers whose first purchase was in a month, the share that bought again so many months later.
WITH
(SELECT argMax(upto, built) FROM rollup_cohorts WHERE NOT running AND cohort = 0) AS sealed,
seen AS
(
    SELECT
        makeDate(intDiv(c.cohort, 100), c.cohort % 100, 1) AS first_day,
        makeDate(intDiv(c.month, 100), c.month % 100, 1) AS day,
        dateDiff('month', first_day, day) AS months_since,
        max(day) OVER () AS newest,
        c.active AS active
    FROM rollup_cohorts AS c
    WHERE c.cohort != 0 AND c.counted > 0 AND (NOT c.running OR c.month > sealed)
        AND (c.running, c.built) IN (SELECT running, max(built) FROM rollup_cohorts WHERE cohort = 0 GROUP BY running)
)
SELECT
    formatDateTime(first_day, '%Y-%m') AS month,
    sumIf(s.active, months_since = 0) AS customers,
    -- Null where that month has not come yet.
    dateDiff('month', first_day, max(s.newest)) AS age,
    if(age < 1, NULL, sumIf(s.active, months_since = 1) / customers) AS `1`,
    if(age < 2, NULL, sumIf(s.active, months_since = 2) / customers) AS `2`,
    if(age < 3, NULL, sumIf(s.active, months_since = 3) / customers) AS `3`,
    if(age < 6, NULL, sumIf(s.active, months_since = 6) / customers) AS `6`,
    if(age < 9, NULL, sumIf(s.active, months_since = 9) / customers) AS `9`,
    if(age < 12, NULL, sumIf(s.active, months_since = 12) / customers) AS `12`
FROM seen AS s
GROUP BY first_day
HAVING customers > 0
ORDER BY month DESC
LIMIT 24
