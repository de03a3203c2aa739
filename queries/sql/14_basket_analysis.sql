-- purpose: Products that the same customers buy within a few days of each other: candidates for bundles
-- parameters:
--   as_of          DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   months         UInt16                = 13             calendar months looked at, the running one included
--   window_days    UInt32                = 7              longest time between the two purchases
--   max_before     UInt32                = 50             purchases of a customer before each one that are looked at (bounds the pairs of one customer)
--   min_customers  UInt32                = 2              fewest customers of a pair
--   limit          UInt32                = 50             rows
-- rollup-when:
--   window_days = 7
--   max_before = 50
-- columns:
--   product_a     product with the lower id
--   name_a        its name
--   product_b     product with the higher id
--   name_b        its name
--   customers     customers who bought both within the window, the later one in these months; who is gone or unknown counts, as the products still went together
--   confidence    percent of the buyers of the rarer product who also bought the other within the window
--   lift          how many times more often than by chance
WITH
toYYYYMM(subtractMonths(toStartOfMonth({as_of:DateTime64(3, 'UTC')}), {months:UInt16} - 1)) AS first_month,
(SELECT groupBitmapState(product_id) FROM products) AS there,
(SELECT uniqExact(month) FROM rollup_pair_months WHERE rare = 0 AND product_a = 0 AND month >= first_month) AS all_months,
-- What `limit` pairs reach in one month alone. Rare ones, of one customer a month, matter only where that is little.
(
    SELECT if(count() < {limit:UInt32}, 0, min(most))
    FROM
    (
        SELECT max(customers) AS most
        FROM rollup_pairs
        WHERE rare = 0 AND month >= first_month
        GROUP BY product_a, product_b
        HAVING bitmapContains(there, product_a) AND bitmapContains(there, product_b)
        ORDER BY most DESC
        LIMIT {limit:UInt32}
    )
) AS reached,
reached <= all_months AS with_rare,
-- Everyone who may be among the first: the most customers are those of all months added up, and one where it may be rare.
(
    SELECT groupArray((product_a, product_b))
    FROM
    (
        SELECT product_a, product_b, sum(customers) + if(with_rare, 0, all_months - count()) AS at_most
        FROM rollup_pairs
        WHERE rare <= with_rare AND month >= first_month
        GROUP BY product_a, product_b
        HAVING at_most >= greatest(reached, {min_customers:UInt32})
            AND bitmapContains(there, product_a) AND bitmapContains(there, product_b)
    )
) AS bounded,
(
    SELECT groupArray((product_a, product_b, customers))
    FROM
    (
        SELECT product_a, product_b, uniqExactArray(r.buyers) AS customers
        FROM rollup_pairs AS r
        WHERE rare IN (0, 1) AND month >= first_month
            AND (product_a, product_b) IN (SELECT arrayJoin(bounded).1, arrayJoin(bounded).2)
        GROUP BY product_a, product_b
        HAVING customers >= {min_customers:UInt32}
        ORDER BY customers DESC, product_a, product_b
        LIMIT {limit:UInt32}
    )
) AS pairs,
(
    SELECT mapFromArrays(groupArray(product_id), groupArray(customers))
    FROM
    (
        SELECT product_id, groupBitmapMerge(s.buyers) AS customers
        FROM rollup_product_months AS s
        WHERE product_id IN (SELECT arrayJoin(arrayConcat(pairs.1, pairs.2))) AND month >= first_month
        GROUP BY product_id
    )
) AS buyers,
(
    SELECT mapFromArrays(groupArray(product_id), groupArray(name))
    FROM products
    WHERE product_id IN (SELECT arrayJoin(arrayConcat(pairs.1, pairs.2)))
) AS names,
(SELECT groupBitmapMerge(buyers) FROM rollup_sales WHERE known = 2 AND month >= first_month) AS everyone
SELECT
    pair.1 AS product_a,
    names[product_a] AS name_a,
    pair.2 AS product_b,
    names[product_b] AS name_b,
    pair.3 AS customers,
    round(100 * customers / least(buyers[product_a], buyers[product_b]), 2) AS confidence,
    round(customers * everyone / (buyers[product_a] * buyers[product_b]), 4) AS lift
FROM (SELECT arrayJoin(pairs) AS pair)
ORDER BY customers DESC, product_a, product_b
