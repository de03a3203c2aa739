-- Customers of whom there is a version that deletes them: most of them are gone, who came back is among them too.
SELECT DISTINCT customer_id
FROM customers
PREWHERE deleted
SETTINGS final = 0
