-- Customers whose bounds are not what their transactions ask for: the mask of purchases has other bits, fewer purchases or
-- less money were counted than there are, or only one of the two knows the customer. Repeats may make both larger.
SELECT
    customer_id,
    sum(kept) AS rows_kept,
    sum(needed) AS rows_needed,
    groupBitXor(bits) AS bits_apart,
    sum(purchases * (kept - needed)) AS purchases_over,
    sum(value * (kept - needed)) AS value_over
FROM
(
    SELECT
        customer_id,
        1 AS kept,
        0 AS needed,
        groupBitOr(purchase_bits) AS bits,
        toInt64(sum(purchases_at_most)) AS purchases,
        sum(value_at_most) AS value
    FROM customer_bounds
    GROUP BY customer_id
    UNION ALL
    SELECT
        customer_id,
        0 AS kept,
        1 AS needed,
        groupBitOrIf(bitShiftLeft(toUInt64(1), intHash64(transaction_id) % 64), status = 'completed') AS bits,
        toInt64(countIf(status = 'completed')) AS purchases,
        sumIf(amount, amount > 0) AS value
    FROM transactions FINAL
    WHERE status IN ('completed', 'refunded')
    GROUP BY customer_id
)
GROUP BY customer_id
HAVING rows_kept != 1 OR rows_needed != 1 OR bits_apart != 0 OR purchases_over < 0 OR value_over < 0
ORDER BY customer_id
SETTINGS do_not_merge_across_partitions_select_final = 1
