-- Products whose set of buyers is not exactly who bought them, or for which fewer purchases were counted than there are.
-- Repeats leave a set as it is, and may make the count larger.
SELECT product_id, groupBitmapXor(who) AS apart, sum(counted) AS counted_in_all, sum(purchases) AS purchases_in_all
FROM
(
    SELECT product_id, groupBitmapMergeState(buyers) AS who, sum(at_most) AS counted, 0 AS purchases
    FROM product_buyers
    GROUP BY product_id
    UNION ALL
    SELECT product_id, groupBitmapState(customer_id) AS who, 0 AS counted, count() AS purchases
    FROM purchased_by_product FINAL
    GROUP BY product_id
)
GROUP BY product_id
HAVING apart > 0 OR counted_in_all < purchases_in_all
ORDER BY product_id
SETTINGS do_not_merge_across_partitions_select_final = 1
