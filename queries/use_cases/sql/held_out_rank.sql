-- Whether a product is among the 20 that customers who share a purchase with one bought most, and among the 20 most
-- bought by all, as of just before a time; what the customer had by then is left out of both.
WITH
mine AS
(
    SELECT product_id FROM transactions WHERE customer_id = {customer_id:UInt32} AND status = 'completed' AND ts < {at:DateTime64(3, 'UTC')}
),
peers AS
(
    SELECT customer_id
    FROM purchased_by_product
    WHERE product_id IN mine AND ts < {at:DateTime64(3, 'UTC')} AND customer_id != {customer_id:UInt32}
),
bought AS
(
    SELECT product_id, uniqExactIf(customer_id, customer_id IN peers) AS by_peers, uniqExact(customer_id) AS by_all
    FROM transactions
    WHERE status = 'completed' AND ts < {at:DateTime64(3, 'UTC')} AND product_id NOT IN mine
        AND product_id IN (SELECT product_id FROM products)
    GROUP BY product_id
)
SELECT
    has(arrayMap(b -> b.2, arraySlice(arraySort(b -> (-toInt64(b.1), b.2), arrayFilter(b -> b.1 > 0, groupArray((k.by_peers, k.product_id)))), 1, 20)), {product_id:UInt32}) AS by_peers,
    has(arrayMap(b -> b.2, arraySlice(arraySort(b -> (-toInt64(b.1), b.2), groupArray((k.by_all, k.product_id))), 1, 20)), {product_id:UInt32}) AS by_popularity
FROM bought AS k
WHERE {as_of:DateTime64(3, 'UTC')} >= {at:DateTime64(3, 'UTC')}
