-- The newest version of each customer; those that were erased too, as the record that erased them.
SELECT customer_id, name, email, segment, registration_date, acquisition_channel, country, version, deleted = 1 AS deleted
FROM customers
WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
ORDER BY customer_id, version DESC
LIMIT 1 BY customer_id
SETTINGS final = 0
