-- Rows of each table that people ask, repeats not yet merged included.
SELECT table, sum(rows) AS rows
FROM system.parts
WHERE active AND database = {database:String}
GROUP BY table
ORDER BY table
