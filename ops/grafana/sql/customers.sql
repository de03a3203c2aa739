-- Customers there are; who is deleted is left out.
SELECT count() AS customers
FROM rollup_customers
