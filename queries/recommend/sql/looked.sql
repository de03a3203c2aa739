-- How often a range of customers looked at which category until a moment; `kind` is its place in `categories`.
SELECT customer_id, kind, toUInt32(count()) AS looks
FROM interactions FINAL
INNER JOIN
(
    SELECT product_id, toUInt16(indexOf({categories:Array(String)}, category) - 1) AS kind
    FROM products FINAL
    WHERE category IN {categories:Array(String)}
) AS p USING (product_id)
WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32} AND ts < {as_of:DateTime64(3, 'UTC')}
GROUP BY customer_id, kind
SETTINGS do_not_merge_across_partitions_select_final = 1
