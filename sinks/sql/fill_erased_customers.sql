-- Who was erased for good before this was remembered apart from the customers.
INSERT INTO erased_customers
SELECT DISTINCT customer_id
FROM customers
WHERE deleted AND version >= 9007199254740991
SETTINGS final = 0
