-- Some customers: the segment (no row where there is none), what they bought so far, and their lists in a build. A repeat
-- changes nothing in a set, and of versions the newest is taken: nothing needs to be merged for that.
SELECT
    0 AS part,
    c.customer_id AS customer_id,
    toString(argMax(c.segment, c.version)) AS segment,
    CAST([], 'Array(UInt32)') AS products,
    CAST([], 'Array(Float32)') AS scores,
    CAST([], 'Array(UInt8)') AS reasons,
    CAST([], 'Array(UInt32)') AS because,
    CAST([], 'Array(UInt16)') AS shared,
    CAST([], 'Array(UInt32)') AS peers,
    toDateTime64(0, 3, 'UTC') AS as_of
FROM customers AS c
WHERE c.customer_id IN {customers:Array(UInt32)}
GROUP BY c.customer_id
HAVING argMax(c.deleted, c.version) = 0
UNION ALL
SELECT 1, customer_id, '', groupUniqArray(product_id), [], [], [], [], [], toDateTime64(0, 3, 'UTC')
FROM transactions
WHERE customer_id IN {customers:Array(UInt32)} AND status = 'completed'
GROUP BY customer_id
UNION ALL
SELECT 2, l.customer_id, '', l.products, l.scores, l.reasons, l.because, l.shared, l.peers, l.as_of
FROM (
    SELECT customer_id, products, scores, reasons, because, shared, peers, as_of
    FROM recommendation_lists
    WHERE customer_id IN {customers:Array(UInt32)} AND build = {build:UInt64}
    ORDER BY customer_id, as_of DESC
    LIMIT 1 BY customer_id
) AS l
