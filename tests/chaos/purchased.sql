-- The same of the edges PURCHASED: the completed transactions by customer, and the table by product.
SELECT slice, groupArray((side, edges)) AS sides
FROM
(
    SELECT
        'by customer' AS side,
        customer_id % 256 AS slice,
        count() AS edges,
        groupBitXor(cityHash64(transaction_id, customer_id, product_id, amount, quantity, channel, status, ts)) AS content
    FROM transactions FINAL
    WHERE status = 'completed'
    GROUP BY slice
    UNION ALL
    SELECT
        'by product' AS side,
        customer_id % 256 AS slice,
        count() AS edges,
        groupBitXor(cityHash64(transaction_id, customer_id, product_id, amount, quantity, channel, status, ts)) AS content
    FROM purchased_by_product FINAL
    GROUP BY slice
)
GROUP BY slice
HAVING count() != 2 OR uniqExact(edges, content) != 1
ORDER BY slice
SETTINGS do_not_merge_across_partitions_select_final = 1
