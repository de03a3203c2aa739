-- What state.sql says of some customers, and their versions before it: number, and the segment or '' of one that deletes.
SELECT 0 AS part, customer_id, version AS number, if(deleted, '', toString(segment)) AS text
FROM customers
PREWHERE customer_id IN {customers:Array(UInt32)}
UNION ALL
SELECT 1, customer_id, toUInt64(product_id), ''
FROM transactions
PREWHERE customer_id IN {customers:Array(UInt32)}
WHERE ts >= {since:DateTime64(3, 'UTC')} AND status = 'completed'
UNION ALL
SELECT 2, customer_id, toUInt64(toUnixTimestamp64Milli(as_of)), as_text
FROM recommendation_lists
PREWHERE customer_id IN {customers:Array(UInt32)}
WHERE build = {build:UInt64}
