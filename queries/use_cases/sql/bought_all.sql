-- How many customers bought all items of each bundle in the last calendar months, and how many bought anything at all.
WITH
toDateTime64(subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16} - 1), 3, 'UTC') AS since,
{bundles:Array(Array(UInt32))} AS bundles,
(
    SELECT uniqExact(customer_id)
    FROM transactions
    WHERE status = 'completed' AND ts >= since AND ts <= {as_of:DateTime64(3, 'UTC')}
) AS everybody
SELECT b.bundle AS bundle, countIf(hasAll(s.products, b.bundle)) AS customers, everybody
FROM (SELECT DISTINCT arrayJoin(bundles) AS bundle) AS b
CROSS JOIN
(
    SELECT customer_id, groupUniqArray(product_id) AS products
    FROM purchased_by_product
    WHERE product_id IN (SELECT arrayJoin(arrayFlatten(bundles))) AND ts >= since AND ts <= {as_of:DateTime64(3, 'UTC')}
    GROUP BY customer_id
) AS s
GROUP BY bundle
ORDER BY customers DESC, bundle
