-- Of the customers asked about: of whom a table still has what an erased customer leaves behind beside what they did.
SELECT DISTINCT customer_id
FROM
(
    SELECT customer_id FROM customers WHERE customer_id IN ({customers:Array(UInt32)}) AND version < {last:UInt64}
    UNION ALL
    SELECT customer_id FROM customer_features WHERE customer_id IN ({customers:Array(UInt32)})
    UNION ALL
    SELECT customer_id FROM churn_alerts WHERE customer_id IN ({customers:Array(UInt32)})
    UNION ALL
    SELECT customer_id FROM recommendation_lists WHERE customer_id IN ({customers:Array(UInt32)})
    UNION ALL
    SELECT customer_id FROM rollup_customers WHERE customer_id IN ({customers:Array(UInt32)})
    UNION ALL
    SELECT toUInt32OrZero(ifNull(key, '')) AS customer_id
    FROM dead_letters
    WHERE
        topic = {topic:String}
        AND customer_id IN ({customers:Array(UInt32)})
        AND toString(customer_id) = key
)
ORDER BY customer_id
SETTINGS final = 0
