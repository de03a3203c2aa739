-- Who some customers are: their versions (number), and the segment or '' of one that deletes. Asked together with state.sql.
SELECT 0 AS part, customer_id, version AS number, if(deleted, '', toString(segment)) AS text
FROM customers
PREWHERE customer_id IN {customers:Array(UInt32)}
