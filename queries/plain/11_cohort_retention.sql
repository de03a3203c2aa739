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
activity AS
(
    SELECT customer_id, toStartOfMonth(ts) AS month, countIf(status = 'completed') AS bought, sum(amount) AS value
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id, month
),
cohorts AS
(
    SELECT customer_id, toStartOfMonth(min(ts)) AS cohort
    FROM transactions
    WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
),
sizes AS
(
    SELECT cohort, count() AS cohort_size FROM cohorts GROUP BY cohort
)
SELECT
    k.cohort AS cohort,
    dateDiff('month', k.cohort, a.month) AS months_since,
    any(s.cohort_size) AS cohort_size,
    countIf(a.bought > 0) AS active,
    round(100 * active / cohort_size, 2) AS retention,
    sum(a.value) AS revenue
FROM activity AS a
INNER JOIN cohorts AS k ON k.customer_id = a.customer_id
INNER JOIN sizes AS s ON s.cohort = k.cohort
WHERE a.month >= k.cohort AND dateDiff('month', k.cohort, a.month) <= {months:UInt16}
GROUP BY cohort, months_since
ORDER BY cohort, months_since
