-- Of purchases that are held out, whose product is among the 20 that customers who share a purchase with its buyer bought
-- most, as of just before it; what the buyer had by then is left out.
WITH
held AS
(
    SELECT h.1 AS customer_id, h.2 AS product_id, h.3 AS at
    FROM (SELECT arrayJoin(arrayZip({customers:Array(UInt32)}, {products:Array(UInt32)}, {ats:Array(DateTime64(3, 'UTC'))})) AS h)
),
mine AS
(
    SELECT DISTINCT h.customer_id AS held, h.at AS at, t.product_id AS product_id
    FROM transactions AS t
    INNER JOIN held AS h ON h.customer_id = t.customer_id
    WHERE t.customer_id IN {customers:Array(UInt32)} AND t.status = 'completed' AND t.ts < h.at
),
peers AS
(
    SELECT DISTINCT m.held AS held, m.at AS at, e.customer_id AS peer
    FROM purchased_by_product AS e
    INNER JOIN mine AS m ON m.product_id = e.product_id
    WHERE e.product_id IN (SELECT product_id FROM mine) AND e.ts < m.at AND e.customer_id != m.held
)
SELECT customer_id
FROM
(
    SELECT p.held AS held, f.product_id AS product_id
    FROM
    (
        SELECT customer_id, product_id, min(ts) AS first
        FROM transactions
        WHERE status = 'completed' AND product_id IN (SELECT product_id FROM products)
            AND customer_id IN (SELECT peer FROM peers)
        GROUP BY customer_id, product_id
    ) AS f
    INNER JOIN peers AS p ON p.peer = f.customer_id
    WHERE f.first < p.at AND (p.held, f.product_id) NOT IN (SELECT held, product_id FROM mine)
    GROUP BY held, product_id
    ORDER BY held, count() DESC, product_id
    LIMIT 20 BY held
) AS best
INNER JOIN held AS h ON h.customer_id = best.held AND h.product_id = best.product_id
