-- Customers or products cut by id into slices of about so many: first and last id, rows.
SELECT min(id) AS first, max(id) AS last, sum(records) AS rows
FROM
(
    SELECT {key:Identifier} AS id, 1 AS records, sum(records) OVER (ORDER BY id) AS seen
    FROM {table:Identifier}
    GROUP BY id
)
GROUP BY intDiv(seen - 1, {size:UInt64})
ORDER BY first
SETTINGS final = 0
