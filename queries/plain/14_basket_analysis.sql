-- purpose: Products that the same customers buy within a few days of each other: candidates for bundles
-- parameters:
--   as_of          DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   window_days    UInt32                = 7              longest time between the two purchases
--   lookback_days  UInt32                = 400            days looked back from as_of
--   top_products   UInt32                = 2000           only the most bought products (bounds the pairs held in memory)
--   max_purchases  UInt32                = 200            latest purchases looked at for each customer (bounds the pairs of one customer)
--   min_customers  UInt32                = 2              fewest customers of a pair
--   limit          UInt32                = 50             rows
-- columns:
--   product_a     product with the lower id
--   name_a        its name
--   product_b     product with the higher id
--   name_b        its name
--   customers     customers who bought both within the window
--   confidence    percent of the buyers of the rarer product who also bought the other within the window
--   lift          how many times more often than by chance
WITH
recent AS
(
    SELECT transaction_id, customer_id, product_id, ts
    FROM transactions
    WHERE status = 'completed'
        AND ts <= {as_of:DateTime64(3, 'UTC')}
        AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {lookback_days:UInt32})
),
popular AS
(
    SELECT product_id, count() AS purchases, uniqExact(customer_id) AS buyers
    FROM recent
    WHERE product_id IN (SELECT product_id FROM products)
    GROUP BY product_id
    ORDER BY purchases DESC, product_id
    LIMIT {top_products:UInt32}
),
baskets AS
(
    SELECT
        customer_id,
        arraySlice(arrayReverseSort(groupArray((ts, transaction_id, product_id))), 1, {max_purchases:UInt32}) AS bought
    FROM recent
    WHERE product_id IN (SELECT product_id FROM popular)
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
                    arraySlice(bought, place + 1))),
            bought,
            arrayEnumerate(bought))))) AS pair
        FROM baskets
    )
    GROUP BY product_a, product_b
    HAVING customers >= {min_customers:UInt32}
    ORDER BY customers DESC, product_a, product_b
    LIMIT {limit:UInt32}
)
SELECT
    r.product_a AS product_a,
    a.name AS name_a,
    r.product_b AS product_b,
    b.name AS name_b,
    r.customers AS customers,
    round(100 * r.customers / least(pa.buyers, pb.buyers), 2) AS confidence,
    round(r.customers * (SELECT uniqExact(customer_id) FROM recent) / (pa.buyers * pb.buyers), 4) AS lift
FROM pairs AS r
INNER JOIN popular AS pa ON pa.product_id = r.product_a
INNER JOIN popular AS pb ON pb.product_id = r.product_b
INNER JOIN products AS a ON a.product_id = r.product_a
INNER JOIN products AS b ON b.product_id = r.product_b
ORDER BY customers DESC, product_a, product_b
