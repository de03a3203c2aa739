-- The months a table of events has, with rows of each, repeats not yet merged included.
SELECT toYYYYMM(ts) AS month, count() AS rows
FROM {table:Identifier}
GROUP BY month
ORDER BY month
SETTINGS final = 0
