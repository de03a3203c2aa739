-- The bounds of what was bought before there were bounds.
INSERT INTO customer_bounds
SELECT
    customer_id,
    countIf(status = 'completed') AS purchases_at_most,
    groupBitOrIf(bitShiftLeft(toUInt64(1), intHash64(transaction_id) % 64), status = 'completed') AS purchase_bits,
    sumIf(amount, amount > 0) AS value_at_most
FROM transactions
WHERE status IN ('completed', 'refunded')
GROUP BY customer_id
