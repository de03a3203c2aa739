-- A customer's latest purchases.
SELECT transaction_id AS id, ts, product_id, toString(status) AS what, toString(channel) AS through, amount, quantity
FROM transactions
WHERE customer_id = {customer:UInt32}
ORDER BY ts DESC, transaction_id DESC
LIMIT {limit:UInt32}
