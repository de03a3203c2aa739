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
SELECT
    type,
    count() AS interactions,
    round(100 * count() / sum(count()) OVER (), 2) AS share,
    uniqExact(customer_id) AS customers,
    uniqExact(product_id) AS products,
    round(avg(duration_seconds), 2) AS avg_duration_seconds,
    round(count() / uniqExact(customer_id), 2) AS avg_per_customer
FROM interactions
WHERE ts <= {as_of:DateTime64(3, 'UTC')} AND ts > subtractDays({as_of:DateTime64(3, 'UTC')}, {days:UInt32})
GROUP BY type
ORDER BY interactions DESC, type
