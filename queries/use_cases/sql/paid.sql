-- USD that some segments' customers paid in the last so many days, refunds off.
SELECT sum(t.amount) AS paid
FROM transactions AS t
INNER JOIN customers AS c ON c.customer_id = t.customer_id
WHERE has({segments:Array(String)}, c.segment)
    AND t.status IN ('completed', 'refunded')
    AND t.ts <= {as_of:DateTime64(3, 'UTC')}
    AND t.ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
