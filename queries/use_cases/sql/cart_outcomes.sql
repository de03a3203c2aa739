-- What became of older carts, by segment and category: of the products put into a cart in the 90 days before the last `days`, how many
-- the customer bought within so many days, and after how many days half of these were bought; how many customers who
-- did not bought something else of the category in that time instead.
SELECT
    toString(c.segment) AS segment,
    toString(p.category) AS category,
    count() AS carts,
    countIf(length(o.same) > 0) AS bought,
    countIf(length(o.same) = 0 AND o.near > 0) AS bought_another,
    if(bought = 0, NULL, round(medianIf(dateDiff('second', o.carted, arrayMin(o.same)) / 86400, length(o.same) > 0), 1)) AS days_to_buy
FROM
(
    SELECT
        k.customer_id AS customer_id,
        k.product_id AS product_id,
        k.carted AS carted,
        arrayMap(b -> b.1, arrayFilter(b -> b.2 = k.product_id AND b.1 >= k.carted AND b.1 < addDays(k.carted, {days:UInt32}), t.bought)) AS same,
        arrayCount(b -> b.2 != k.product_id AND b.3 = k.category AND b.1 >= k.carted AND b.1 < addDays(k.carted, {days:UInt32}), t.bought) AS near
    FROM
    (
        SELECT i.customer_id AS customer_id, i.product_id AS product_id, any(toString(g.category)) AS category, min(i.ts) AS carted
        FROM interactions AS i
        INNER JOIN products AS g ON g.product_id = i.product_id
        WHERE i.type = 'cart'
            AND i.ts <= subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
            AND i.ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32} + 90)
        GROUP BY customer_id, product_id
    ) AS k
    LEFT JOIN
    (
        SELECT s.customer_id AS customer_id, groupArray((s.ts, s.product_id, toString(h.category))) AS bought
        FROM transactions AS s
        INNER JOIN products AS h ON h.product_id = s.product_id
        WHERE s.status = 'completed' AND s.ts <= {as_of:DateTime64(3, 'UTC')} AND s.ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32} + 90)
        GROUP BY customer_id
    ) AS t ON t.customer_id = k.customer_id
) AS o
INNER JOIN customers AS c ON c.customer_id = o.customer_id
INNER JOIN products AS p ON p.product_id = o.product_id
GROUP BY segment, category
ORDER BY segment, category
