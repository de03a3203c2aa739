-- The graph's view of the same rows.

CREATE OR REPLACE VIEW purchased AS
SELECT transaction_id, customer_id, product_id, amount, quantity, channel, status, ts
FROM transactions
WHERE status = 'completed';

CREATE OR REPLACE VIEW customer_values AS
SELECT customer_id, sum(amount) AS lifetime_value
FROM transactions
WHERE status IN ('completed', 'refunded')
GROUP BY customer_id;

CREATE OR REPLACE VIEW customer_nodes AS
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.email AS email,
    c.segment AS segment,
    c.registration_date AS registration_date,
    c.acquisition_channel AS acquisition_channel,
    c.country AS country,
    coalesce(v.lifetime_value, toDecimal64(0, 2)) AS lifetime_value
FROM customers AS c
LEFT JOIN customer_values AS v ON v.customer_id = c.customer_id;

CREATE OR REPLACE VIEW category_nodes AS
SELECT DISTINCT category FROM products;

CREATE OR REPLACE VIEW brand_nodes AS
SELECT DISTINCT brand FROM products;
