-- What is stored of a customer: the newest record, and the features.
SELECT
    c.name AS name,
    c.email AS email,
    toString(c.segment) AS segment,
    c.country AS country,
    f.orders AS orders,
    f.lifetime_value AS lifetime_value,
    f.active_days AS active_days,
    f.engagement AS engagement,
    f.churn_score AS churn_score,
    f.last_seen AS last_seen,
    f.as_of AS as_of
FROM customers AS c
INNER JOIN customer_features AS f ON f.customer_id = c.customer_id
WHERE c.customer_id = {customer:UInt32}
