-- All customers who have a row of features or an event, cut by id into slices of about so many rows: first and last
-- customer, how many customers.
SELECT min(customer_id) AS first, max(customer_id) AS last, count() AS customers
FROM
(
    SELECT customer_id, sum(records) AS own, sum(own) OVER (ORDER BY customer_id) AS seen
    FROM
    (
        SELECT customer_id, count() AS records FROM transactions GROUP BY customer_id
        UNION ALL
        SELECT customer_id, count() AS records FROM interactions GROUP BY customer_id
        UNION ALL
        SELECT customer_id, count() AS records FROM customer_features GROUP BY customer_id
    )
    GROUP BY customer_id
)
GROUP BY intDiv(seen - 1, {size:UInt64})
ORDER BY first
SETTINGS final = 0
