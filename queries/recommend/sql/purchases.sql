-- What a range of customers bought until a moment. A repeat changes nothing in a set: nothing needs to be merged.
SELECT customer_id, product_id, toUInt32(toDateTime(ts)) AS bought_at
FROM transactions
WHERE status = 'completed'
    AND customer_id BETWEEN {first:UInt32} AND {last:UInt32}
    AND ts < {as_of:DateTime64(3, 'UTC')}
SETTINGS final = 0
