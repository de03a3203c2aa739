-- Whether anybody was ever erased for good.
SELECT 1
FROM erased_customers
LIMIT 1
