-- Who among the customers from `first` to `last` is erased: whom FINAL hides, by the last of equal versions.
SELECT DISTINCT customer_id
FROM customers
WHERE
    customer_id BETWEEN {first:UInt32} AND {last:UInt32}
    AND customer_id NOT IN
    (
        SELECT customer_id
        FROM customers FINAL
        WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
    )
ORDER BY customer_id
SETTINGS final = 0
