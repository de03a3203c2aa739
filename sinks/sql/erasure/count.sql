-- How many are erased for good, repeats that are not merged yet aside.
SELECT uniqExact(customer_id)
FROM erased_customers
