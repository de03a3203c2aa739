-- Some customers: what they bought lately, and their lists (moment, and columns as JSON between parentheses with the segment
-- behind them). Whoever reads takes the newest: to merge, group or sort a few rows costs more than to read them. PREWHERE says
-- what the planner would find out each time.
SELECT 1 AS part, customer_id, toUInt64(product_id) AS number, '' AS text
FROM transactions
PREWHERE customer_id IN {customers:Array(UInt32)}
WHERE ts >= {since:DateTime64(3, 'UTC')} AND status = 'completed'
UNION ALL
SELECT 2, customer_id, toUInt64(toUnixTimestamp64Milli(as_of)), as_text
FROM recommendation_lists
PREWHERE customer_id IN {customers:Array(UInt32)}
WHERE build = {build:UInt64}
