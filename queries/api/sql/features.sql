-- The features that are stored of a customer.
SELECT * EXCEPT (input_offsets, input_records)
FROM customer_features
WHERE customer_id = {customer_id:UInt32}
