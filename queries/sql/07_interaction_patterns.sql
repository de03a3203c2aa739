-- purpose: Which kinds of interaction are common and how long they take
-- parameters:
--   as_of  DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   days   UInt32                = 3650           days looked back from as_of
-- columns:
--   type                  kind of interaction
--   interactions          how many
--   share                 percent of all
--   customers             distinct customers; who is gone or unknown counts, as what they did does
--   products              distinct products
--   avg_duration_seconds  mean duration
--   avg_per_customer      interactions for each of these customers
WITH subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32}) AS since
SELECT
    type,
    sum(p.interactions) AS interactions,
    round(100 * sum(p.interactions) / sum(sum(p.interactions)) OVER (), 2) AS share,
    groupBitmapMerge(p.customers) AS customers,
    groupBitmapMerge(p.products) AS products,
    round(sum(p.duration_seconds) / sum(p.interactions), 2) AS avg_duration_seconds,
    round(sum(p.interactions) / groupBitmapMerge(p.customers), 2) AS avg_per_customer
FROM
(
    SELECT type, interactions, duration_seconds, customers, products
    FROM rollup_interactions
    WHERE NOT whole AND month > toYYYYMM(since) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
    UNION ALL
    -- The month that the first day looked at is in.
    SELECT type, count() AS interactions, sum(duration_seconds) AS duration_seconds,
        groupBitmapState(customer_id) AS customers, groupBitmapState(product_id) AS products
    FROM interactions
    WHERE toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY type
) AS p
GROUP BY type
ORDER BY interactions DESC, type
