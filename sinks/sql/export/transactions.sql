-- Transactions of a month and of some customers.
SELECT transaction_id, customer_id, product_id, amount, quantity, channel, status, refers_to, ts
FROM transactions
WHERE toYYYYMM(ts) = {month:UInt32} AND customer_id BETWEEN {first:UInt32} AND {last:UInt32}
ORDER BY customer_id, transaction_id
