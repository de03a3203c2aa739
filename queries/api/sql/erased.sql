-- A row for who had a record and has none any more.
SELECT customer_id
FROM customers
WHERE customer_id = {customer_id:UInt32}
LIMIT 1
SETTINGS final = 0
