-- What is known of each customer.
SELECT customer_id, version, name, email, segment, registration_date, acquisition_channel, country FROM customers FINAL
