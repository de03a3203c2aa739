-- Of purchases that are held out, whose product is among the 20 with the most buyers, as of just before it; what the buyer
-- had by then is left out. A buyer counts from their first purchase of a product on: these are counted between the times
-- that are asked about, and added up for each.
WITH
held AS
(
    SELECT h.1 AS customer_id, h.2 AS product_id, h.3 AS at
    FROM (SELECT arrayJoin(arrayZip({customers:Array(UInt32)}, {products:Array(UInt32)}, {ats:Array(DateTime64(3, 'UTC'))})) AS h)
),
arraySort(arrayConcat([0], arrayMap(at -> toUnixTimestamp64Milli(at), {ats:Array(DateTime64(3, 'UTC'))}))) AS times,
new AS
(
    SELECT product_id, roundDown(toUnixTimestamp64Milli(first), times) AS since, count() AS buyers
    FROM
    (
        SELECT customer_id, product_id, min(ts) AS first
        FROM transactions
        WHERE status = 'completed' AND ts <= {as_of:DateTime64(3, 'UTC')} AND product_id IN (SELECT product_id FROM products)
        GROUP BY customer_id, product_id
    )
    GROUP BY product_id, since
)
SELECT customer_id
FROM
(
    SELECT h.customer_id AS held, n.product_id AS product_id
    FROM new AS n
    CROSS JOIN held AS h
    WHERE n.since < toUnixTimestamp64Milli(h.at)
        AND (h.customer_id, n.product_id) NOT IN
        (
            SELECT t.customer_id, t.product_id
            FROM transactions AS t
            INNER JOIN held AS own ON own.customer_id = t.customer_id
            WHERE t.customer_id IN {customers:Array(UInt32)} AND t.status = 'completed' AND t.ts < own.at
        )
    GROUP BY held, product_id
    ORDER BY held, sum(n.buyers) DESC, product_id
    LIMIT 20 BY held
) AS best
INNER JOIN held AS h ON h.customer_id = best.held AND h.product_id = best.product_id
