-- purpose: Products that the same customers buy within a few days of each other: candidates for bundles
-- parameters:
--   as_of          DateTime64(3, 'UTC')  = @newest_event  events after this time do not count
--   window_days    UInt32                = 7              longest time between the two purchases
--   lookback_days  UInt32                = 400            days looked back from as_of
--   top_products   UInt32                = 2000           only the most bought products (bounds the pairs held in memory)
--   max_purchases  UInt32                = 200            latest purchases looked at for each customer (bounds the pairs of one customer)
--   min_customers  UInt32                = 2              fewest customers of a pair
--   limit          UInt32                = 50             rows
-- rollup-when: window_days = 7
-- columns:
--   product_a     product with the lower id
--   name_a        its name
--   product_b     product with the higher id
--   name_b        its name
--   customers     customers who bought both within the window
--   confidence    percent of the buyers of the rarer product who also bought the other within the window
--   lift          how many times more often than by chance
WITH
subtractDays({as_of:DateTime64(3, 'UTC')}, {lookback_days:UInt32}) AS since,
-- Pairs of the months from `whole_from` on lie in the lookback as a whole; before it, the purchases themselves are asked.
(SELECT min(month) FROM rollup_pairs WHERE product_a = 0) AS oldest,
if(
    oldest > toYYYYMM(since),
    makeDate(intDiv(oldest, 100), oldest % 100, 1),
    toDate(toStartOfMonth(addMonths(toStartOfMonth(addDays(since, 7)), 1)))) AS whole_from,
popular AS
(
    SELECT product_id
    FROM
    (
        SELECT product_id, sum(s.bought) AS purchases
        FROM rollup_product_months AS s
        WHERE s.product_id != 0 AND s.month > toYYYYMM(since) AND s.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        GROUP BY s.product_id
        UNION ALL
        SELECT product_id, count() AS purchases
        FROM transactions
        WHERE toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')} AND status = 'completed'
        GROUP BY product_id
    )
    WHERE product_id IN (SELECT product_id FROM products)
    GROUP BY product_id
    HAVING sum(purchases) > 0
    ORDER BY sum(purchases) DESC, product_id
    LIMIT {top_products:UInt32}
),
(SELECT groupBitmapState(product_id) FROM popular) AS sold,
-- Of those who bought more often than is looked at, the rollup knows too much: they are asked one by one.
(
    SELECT count() + 1
    FROM rollup_customer_months
    WHERE customer_id = 0 AND month > (SELECT argMax(upto, built) FROM rollup_customer_totals WHERE customer_id = 0)
) AS rows_each,
(
    SELECT groupBitmapState(customer_id)
    FROM
    (
        SELECT p.customer_id AS customer_id
        FROM rollup_customer_parts AS p
        WHERE p.bought > intDiv({max_purchases:UInt32}, rows_each)
        GROUP BY p.customer_id
        HAVING sum(p.bought) > {max_purchases:UInt32}
    )
) AS heavy,
known AS
(
    SELECT month, product_a, product_b, customers, month >= toYYYYMM(whole_from) AS whole
    FROM rollup_pairs
    WHERE product_a != 0 AND month >= toYYYYMM(since) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
),
(SELECT uniqExact(month) FROM rollup_pairs WHERE product_a = 0 AND month >= toYYYYMM(since)) AS months,
-- A count that `limit` pairs reach in one month alone, of those frequent enough to be quickly found: a pair that is among
-- the first has its share of it in some month.
(
    SELECT if(count() < {limit:UInt32}, 0, min(most))
    FROM
    (
        SELECT max(customers) AS most
        FROM known
        WHERE whole AND customers >= 16
        GROUP BY product_a, product_b
        HAVING bitmapContains(sold, product_a) AND bitmapContains(sold, product_b)
        ORDER BY most DESC
        LIMIT {limit:UInt32}
    )
) AS reached,
greatest(1, intDiv(reached - least(reached, bitmapCardinality(heavy)), greatest(months, 1))) AS at_least,
(
    -- The pairs with the most customers there can be: those of all months added up, and less than `at_least` where none is kept.
    SELECT groupArray((product_a, product_b, at_most))
    FROM
    (
        SELECT product_a, product_b, sum(customers) + (at_least - 1) * (months - count()) AS at_most
        FROM known
        WHERE customers >= at_least
        GROUP BY product_a, product_b
        HAVING at_most >= {min_customers:UInt32} AND bitmapContains(sold, product_a) AND bitmapContains(sold, product_b)
        ORDER BY at_most DESC, product_a, product_b
    )
) AS bounded,
-- What the first of these reach for certain, and so everyone who may be among the first.
(
    SELECT if(count() < {limit:UInt32}, 0, min(surely))
    FROM
    (
        SELECT bitmapAndnotCardinality(groupBitmapMergeState(buyers), heavy) AS surely
        FROM rollup_pairs
        WHERE month >= toYYYYMM(whole_from) AND (product_a, product_b) IN (SELECT p.1, p.2 FROM (SELECT arrayJoin(arraySlice(bounded, 1, {limit:UInt32})) AS p))
        GROUP BY product_a, product_b
    )
) AS surely,
(SELECT groupArray((p.1, p.2)) FROM (SELECT arrayJoin(bounded) AS p WHERE p.3 >= surely)) AS candidates,
found AS
(
    SELECT product_a, product_b, sum(customers) AS customers
    FROM
    (
        SELECT product_a, product_b, bitmapAndnotCardinality(groupBitmapMergeState(buyers), heavy) AS customers
        FROM
        (
            SELECT product_a, product_b, buyers
            FROM rollup_pairs
            WHERE month >= toYYYYMM(whole_from) AND month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
                AND (product_a, product_b) IN (SELECT p.1, p.2 FROM (SELECT arrayJoin(candidates) AS p))
            UNION ALL
            -- The first weeks of the lookback, of which the rollup's months hold more than is asked for.
            SELECT pair.1 AS product_a, pair.2 AS product_b, groupBitmapState(customer_id) AS buyers
            FROM
            (
                SELECT customer_id, arrayJoin(arrayDistinct(arrayFlatten(arrayMap(
                    (later, place) -> arrayMap(
                        earlier -> (least(later.2, earlier.2), greatest(later.2, earlier.2)),
                        arrayFilter(
                            earlier -> earlier.2 != later.2 AND earlier.1 >= subtractDays(later.1, {window_days:UInt32}),
                            arraySlice(bought, place + 1))),
                    bought,
                    arrayEnumerate(bought))))) AS pair
                FROM
                (
                    SELECT customer_id, arrayReverseSort(groupArray((ts, product_id))) AS bought
                    FROM purchased_by_product
                    WHERE ts > since AND ts < whole_from AND ts <= {as_of:DateTime64(3, 'UTC')}
                        AND product_id IN (SELECT arrayJoin(arrayConcat(candidates.1, candidates.2)))
                    GROUP BY customer_id
                    HAVING length(bought) > 1
                )
            )
            WHERE pair IN (SELECT arrayJoin(candidates))
            GROUP BY product_a, product_b
        )
        GROUP BY product_a, product_b
        UNION ALL
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
            FROM
            (
                SELECT arraySlice(arrayReverseSort(groupArray((ts, transaction_id, product_id))), 1, {max_purchases:UInt32}) AS bought
                FROM transactions
                WHERE customer_id IN (SELECT arrayJoin(bitmapToArray(heavy)))
                    AND status = 'completed' AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')}
                    AND bitmapContains(sold, product_id)
                GROUP BY customer_id
            )
        )
        WHERE pair IN (SELECT arrayJoin(candidates))
        GROUP BY product_a, product_b
    )
    GROUP BY product_a, product_b
    HAVING customers >= {min_customers:UInt32}
    ORDER BY customers DESC, product_a, product_b
    LIMIT {limit:UInt32}
),
(SELECT groupArray((product_a, product_b, customers)) FROM found) AS pairs,
(
    SELECT mapFromArrays(groupArray(product_id), groupArray(customers))
    FROM
    (
    SELECT product_id, groupBitmapMerge(b.customers) AS customers
    FROM
    (
        SELECT product_id, r.buyers AS customers
        FROM rollup_product_months AS r
        WHERE product_id IN (SELECT arrayJoin(arrayConcat(pairs.1, pairs.2)))
            AND r.month > toYYYYMM(since) AND r.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        UNION ALL
        SELECT product_id, groupBitmapState(customer_id) AS customers
        FROM purchased_by_product
        WHERE product_id IN (SELECT arrayJoin(arrayConcat(pairs.1, pairs.2)))
            AND toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')}
        GROUP BY product_id
    ) AS b
    GROUP BY product_id
    )
) AS buyers,
(
    SELECT mapFromArrays(groupArray(product_id), groupArray(name))
    FROM products
    WHERE product_id IN (SELECT arrayJoin(arrayConcat(pairs.1, pairs.2)))
) AS names,
(
    SELECT groupBitmapMerge(b.customers)
    FROM
    (
        SELECT r.buyers AS customers
        FROM rollup_sales AS r
        WHERE r.known = 2 AND r.month > toYYYYMM(since) AND r.month <= toYYYYMM({as_of:DateTime64(3, 'UTC')})
        UNION ALL
        SELECT groupBitmapState(customer_id) AS customers
        FROM transactions
        WHERE toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= {as_of:DateTime64(3, 'UTC')} AND status = 'completed'
    ) AS b
) AS everyone
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
