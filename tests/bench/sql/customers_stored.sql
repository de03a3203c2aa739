-- Customers that can be queried.
SELECT count() FROM customers
