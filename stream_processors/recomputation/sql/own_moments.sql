-- Each customer's stored row's own moment.
SELECT customer_id, as_of
FROM customer_features
WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
