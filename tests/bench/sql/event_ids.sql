-- Distinct ids that are stored, exactly, of each stream, and the rows a reader sees: more of these are visible repeats.
SELECT 'transactions' AS stream, groupBitmap(toUInt64(transaction_id)) AS ids, count() AS seen FROM transactions
UNION ALL
SELECT 'interactions', groupBitmap(toUInt64(interaction_id)), count() FROM interactions
UNION ALL
SELECT 'customers', groupBitmap(toUInt64(customer_id)), count() FROM customers
UNION ALL
SELECT 'products', groupBitmap(toUInt64(product_id)), count() FROM products
