-- The newest record of a customer; no row for a stranger, nor for who is erased.
SELECT customer_id, name, email, segment, registration_date, acquisition_channel, country
FROM customers
WHERE customer_id = {customer_id:UInt32}
