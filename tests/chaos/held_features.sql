-- Who has a row of features.
SELECT customer_id FROM customer_features FINAL
