-- purpose: Products that the same customers buy within a few days of each other: candidates for bundles
-- parameters:
--   as_of          DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   months         UInt16                = 13             calendar months looked at, the running one included
--   window_days    UInt32                = 7              longest time between the two purchases
--   max_before     UInt32                = 50             purchases of a customer before each one that are looked at (bounds the pairs of one customer)
--   min_customers  UInt32                = 2              fewest customers of a pair
--   limit          UInt32                = 50             rows
-- columns:
--   product_a     product with the lower id
--   name_a        its name
--   product_b     product with the higher id
--   name_b        its name
--   customers     customers who bought both within the window, the later one in these months; who is gone or unknown counts, as the products still went together
--   confidence    percent of the buyers of the rarer product who also bought the other within the window
--   lift          how many times more often than by chance
WITH
toDateTime64(subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16} - 1), 3, 'UTC') AS since,
recent AS
(
    SELECT transaction_id, customer_id, product_id, ts
    FROM transactions
    WHERE status = 'completed'
        AND ts <= {as_of:DateTime64(3, 'UTC')}
        AND ts >= subtractDays(since, {window_days:UInt32})
),
baskets AS
(
    SELECT arrayReverseSort(groupArray((ts, transaction_id, product_id))) AS bought
    FROM recent
    GROUP BY customer_id
    HAVING length(bought) > 1
),
pairs AS
(
    SELECT pair.1 AS product_a, pair.2 AS product_b, count() AS customers
    FROM
    (
        SELECT arrayJoin(arrayDistinct(arrayFlatten(arrayMap(
            (later, place) -> arrayMap(
                earlier -> (least(later.3, earlier.3), greatest(later.3, earlier.3)),
                arrayFilter(
                    earlier -> earlier.3 != later.3 AND earlier.1 >= subtractDays(later.1, {window_days:UInt32}),
                    if(later.1 >= since, arraySlice(bought, place + 1, {max_before:UInt32}), []))),
            bought,
            arrayEnumerate(bought))))) AS pair
        FROM baskets
    )
    GROUP BY product_a, product_b
    HAVING customers >= {min_customers:UInt32}
        AND product_a IN (SELECT product_id FROM products)
        AND product_b IN (SELECT product_id FROM products)
    ORDER BY customers DESC, product_a, product_b
    LIMIT {limit:UInt32}
),
sold AS
(
    SELECT product_id, uniqExact(customer_id) AS buyers
    FROM recent
    WHERE ts >= since AND product_id IN (SELECT arrayJoin([product_a, product_b]) FROM pairs)
    GROUP BY product_id
)
SELECT
    r.product_a AS product_a,
    a.name AS name_a,
    r.product_b AS product_b,
    b.name AS name_b,
    r.customers AS customers,
    round(100 * r.customers / least(pa.buyers, pb.buyers), 2) AS confidence,
    round(r.customers * (SELECT uniqExact(customer_id) FROM recent WHERE ts >= since) / (pa.buyers * pb.buyers), 4) AS lift
FROM pairs AS r
INNER JOIN sold AS pa ON pa.product_id = r.product_a
INNER JOIN sold AS pb ON pb.product_id = r.product_b
INNER JOIN products AS a ON a.product_id = r.product_a
INNER JOIN products AS b ON b.product_id = r.product_b
ORDER BY customers DESC, product_a, product_b
