-- A cluster has no rollups: a rollup knows what it has seen by the parts of its own server. What queries/defaults asks of
-- them is answered from the rows here.

CREATE OR REPLACE VIEW rollup_customers AS
SELECT customer_id, segment FROM customers FINAL;

CREATE OR REPLACE VIEW rollup_sales_parts AS
SELECT 1 AS known, p.category AS category, count() AS bought, sum(t.amount) AS paid
FROM transactions AS t FINAL
INNER JOIN products AS p FINAL ON p.product_id = t.product_id
WHERE t.status = 'completed'
GROUP BY p.category;
