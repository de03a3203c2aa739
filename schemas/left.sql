-- Of whom, among some customers, a table still has what it is to lose, merged away or not.
SELECT DISTINCT ${customer} AS customer
FROM ${table}
WHERE ${customer} IN (${among}) AND ${condition}
LIMIT 1000
SETTINGS final = 0
