-- Customers registered in each of the last 24 months there are, by the channel that brought them.
SELECT
    formatDateTime(toStartOfMonth(registration_date), '%Y-%m') AS month,
    countIf(acquisition_channel = 'organic') AS organic,
    countIf(acquisition_channel = 'paid_search') AS paid_search,
    countIf(acquisition_channel = 'social') AS social,
    countIf(acquisition_channel = 'email') AS email,
    countIf(acquisition_channel = 'referral') AS referral,
    countIf(acquisition_channel = 'affiliate') AS affiliate
FROM rollup_customers
WHERE registration_date > (SELECT addMonths(max(registration_date), -24) FROM rollup_customers)
GROUP BY month
ORDER BY month
