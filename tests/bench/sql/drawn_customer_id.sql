-- Customers of purchases drawn by their hashes, the same each time: who has more purchases is drawn more often. Of every
-- {share}th customer.
SELECT customer_id
FROM transactions
WHERE status = 'completed' AND modulo(customer_id, {share:UInt32}) = 0
ORDER BY cityHash64(transaction_id, 'drawn'), transaction_id
LIMIT 1 BY customer_id
LIMIT {drawn:UInt32}
