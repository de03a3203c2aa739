-- Customers by a number, or by a part of their name or e-mail: the most valuable first.
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.email AS email,
    c.segment AS segment,
    c.country AS country,
    if(f.customer_id = 0, NULL, f.lifetime_value) AS lifetime_value,
    if(f.customer_id = 0, NULL, f.churn_score) AS churn_score,
    if(f.customer_id = 0, '', toString(f.churn_band)) AS churn_band
FROM
(
    SELECT customer_id, name, email, segment, country
    FROM customers
    WHERE
        customer_id = {number:UInt32}
        OR positionCaseInsensitiveUTF8(name, {text:String}) > 0
        OR positionCaseInsensitiveUTF8(email, {text:String}) > 0
) AS c
LEFT JOIN
(
    SELECT customer_id, lifetime_value, churn_score, churn_band
    FROM customer_features
) AS f ON f.customer_id = c.customer_id
ORDER BY c.customer_id = {number:UInt32} DESC, lifetime_value DESC NULLS LAST, customer_id
LIMIT {limit:UInt32}
