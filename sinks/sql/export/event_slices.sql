-- One month of events cut by customer into slices of about so many rows: first and last customer, rows.
SELECT min(customer_id) AS first, max(customer_id) AS last, sum(records) AS rows
FROM
(
    SELECT customer_id, count() AS records, sum(records) OVER (ORDER BY customer_id) AS seen
    FROM {table:Identifier}
    WHERE toYYYYMM(ts) = {month:UInt32}
    GROUP BY customer_id
)
GROUP BY intDiv(seen - 1, {size:UInt64})
ORDER BY first
SETTINGS final = 0
