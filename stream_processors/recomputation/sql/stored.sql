-- The rows that are kept of customers `first` to `last`.
SELECT * EXCEPT (input_offsets)
FROM customer_features
WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
ORDER BY customer_id
