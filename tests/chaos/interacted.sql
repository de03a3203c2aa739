-- Edges INTERACTED by slices of customers: those that the table by product has not as the table by customer has them, by
-- number and by content. Whoever wrote one block into one of the two only is found here.
SELECT slice, groupArray((side, edges)) AS sides
FROM
(
    SELECT
        'by customer' AS side,
        customer_id % 256 AS slice,
        count() AS edges,
        groupBitXor(cityHash64(interaction_id, customer_id, product_id, type, duration_seconds, ts)) AS content
    FROM interactions FINAL
    GROUP BY slice
    UNION ALL
    SELECT
        'by product' AS side,
        customer_id % 256 AS slice,
        count() AS edges,
        groupBitXor(cityHash64(interaction_id, customer_id, product_id, type, duration_seconds, ts)) AS content
    FROM interacted_by_product FINAL
    GROUP BY slice
)
GROUP BY slice
HAVING count() != 2 OR uniqExact(edges, content) != 1
ORDER BY slice
SETTINGS do_not_merge_across_partitions_select_final = 1
