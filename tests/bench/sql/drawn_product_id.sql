-- Products of purchases drawn by their hashes, the same each time: who has more purchases is drawn more often.
SELECT product_id
FROM transactions
WHERE status = 'completed'
ORDER BY cityHash64(transaction_id, 'drawn'), transaction_id
LIMIT 1 BY product_id
LIMIT {drawn:UInt32}
