-- Made by 'python -m queries.bundle' from queries/sql: change those. Parameters have defaults.

SET final = 1, do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

-- 1. customer_segmentation: How many customers each segment has and what it brings in (the Pareto view)
SELECT
    segment,
    count() AS customers,
    round(100 * count() / sum(count()) OVER (), 2) AS customer_share,
    sum(bought) AS purchases,
    sum(value) AS revenue,
    if(sum(sum(value)) OVER () = 0, 0, round(100 * toFloat64(sum(value)) / toFloat64(sum(sum(value)) OVER ()), 2)) AS revenue_share,
    toDecimal128(round(divideDecimal(sum(value), toDecimal64(count(), 0), 4), 2), 2) AS avg_lifetime_value
FROM rollup_customers
GROUP BY segment
ORDER BY revenue DESC, segment;

-- 2. top_customers: The most valuable customers, for VIP programs and account managers
WITH (
    SELECT groupArray((customer_id, value, bought, paid, segment, registration_date))
    FROM
    (
        SELECT customer_id, value, bought, paid, segment, registration_date
        FROM rollup_customers
        WHERE counted > 0 AND (empty([]) OR has([], segment))
        ORDER BY value DESC, customer_id
        LIMIT 100
    )
) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    t.row.5 AS segment,
    t.row.2 AS lifetime_value,
    t.row.3 AS purchases,
    toDecimal128(round(divideDecimal(t.row.4, toDecimal64(greatest(t.row.3, 1), 0), 4), 2), 2) AS avg_order_value,
    t.row.6 AS registration_date,
    dateDiff('day', registration_date, toDate32((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))) AS customer_days
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN (SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT arrayJoin(best).1)) AS c ON c.customer_id = t.row.1
ORDER BY lifetime_value DESC, customer_id;

-- 3. registration_trends: How many customers register each month, by segment, and what they have been worth since
WITH by_channel AS
(
    SELECT
        -- toStartOfMonth gives a Date, which begins in 1970
        makeDate32(toYear(registration_date), toMonth(registration_date), 1) AS month,
        segment,
        acquisition_channel AS channel,
        count() AS registrations,
        countIf(bought > 0) AS buyers,
        sum(value) AS revenue
    FROM rollup_customers
    WHERE registration_date <= toDate32((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))
        AND dateDiff('month', registration_date, toDate32((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))) < 24
        AND ('' = '' OR acquisition_channel = '')
    GROUP BY month, segment, channel
)
SELECT
    month,
    segment,
    sum(b.registrations) AS registrations,
    sum(b.buyers) AS buyers,
    sum(b.revenue) AS revenue,
    toDecimal128(round(divideDecimal(sum(b.revenue), toDecimal64(sum(b.registrations), 0), 4), 2), 2) AS avg_lifetime_value,
    -- the greatest revenue; on a tie the channel first in the alphabet
    argMin(b.channel, (-b.revenue, b.channel)) AS best_channel
FROM by_channel AS b
GROUP BY month, segment
ORDER BY month, segment;

-- 4. monthly_revenue: Revenue, purchases and buyers of each month
WITH monthly AS
(
    SELECT
        makeDate(intDiv(s.month, 100), s.month % 100, 1) AS first_day,
        s.bought AS purchases,
        bitmapCardinality(s.buyers) AS buyers,
        s.value AS revenue,
        s.refunds AS refunds,
        s.value - s.paid AS refunded_amount,
        s.paid AS paid
    FROM rollup_sales AS s
    WHERE s.known = 2 AND s.bought + s.refunds > 0
        AND s.month <= toYYYYMM((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))
        AND first_day > subtractMonths(toStartOfMonth((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))), 24)
)
SELECT
    first_day AS month,
    purchases,
    buyers,
    revenue,
    refunds,
    refunded_amount,
    toDecimal128(round(divideDecimal(paid, toDecimal64(greatest(purchases, 1), 0), 4), 2), 2) AS avg_order_value,
    if(before = 0 OR month_before != subtractMonths(month, 1), NULL, round(100 * (toFloat64(revenue) - toFloat64(before)) / toFloat64(before), 2)) AS revenue_growth
FROM
(
    SELECT *, lagInFrame(revenue) OVER months AS before, lagInFrame(first_day) OVER months AS month_before
    FROM monthly
    WINDOW months AS (ORDER BY first_day ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
)
ORDER BY month;

-- 5. purchase_behavior: How the best customers buy: how often, how much, how many products, how far apart
WITH (
    SELECT groupArray(customer_id)
    FROM
    (
        SELECT customer_id
        FROM rollup_customers
        WHERE bought >= greatest(2, 1)
        ORDER BY value DESC, bought DESC, customer_id
        LIMIT 50
    )
) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.value AS lifetime_value,
    t.bought AS purchases,
    t.products AS products,
    t.units AS units,
    toDecimal128(round(divideDecimal(t.paid, toDecimal64(t.bought, 0), 4), 2), 2) AS avg_order_value,
    t.earliest AS first_purchase,
    t.latest AS last_purchase,
    if(t.bought < 2, 0, round(dateDiff('millisecond', t.earliest, t.latest) / 86400000 / greatest(t.bought - 1, 1), 2)) AS days_between
FROM (SELECT customer_id, name, segment FROM customers WHERE customer_id IN (SELECT arrayJoin(best))) AS c
INNER JOIN
(
    SELECT
        m.customer_id AS customer_id,
        sum(m.value) AS value,
        sum(m.paid) AS paid,
        sum(m.bought) AS bought,
        uniqExactArray(m.products) AS products,
        sum(m.units) AS units,
        minIf(m.earliest, m.bought > 0) AS earliest,
        maxIf(m.latest, m.bought > 0) AS latest
    FROM rollup_customer_parts AS m
    WHERE m.customer_id IN (SELECT arrayJoin(best))
    GROUP BY m.customer_id
) AS t ON t.customer_id = c.customer_id
ORDER BY lifetime_value DESC, purchases DESC, customer_id;

-- 6. product_performance: What each product brings in: high-revenue heroes and high-frequency workhorses
WITH (
    SELECT groupArray((product_id, bought, units, refunds, value))
    FROM
    (
        SELECT p.product_id AS product_id, t.bought AS bought, t.units AS units, t.refunds AS refunds, t.value AS value
        FROM (SELECT product_id FROM products WHERE '' = '' OR category = '') AS p
        LEFT JOIN
        (
            SELECT product_id, sum(s.bought) AS bought, sum(s.units) AS units, sum(s.refunds) AS refunds, sum(s.value) AS value
            FROM rollup_product_parts AS s
            GROUP BY s.product_id
        ) AS t ON t.product_id = p.product_id
        ORDER BY value DESC, bought DESC, product_id
        LIMIT 50
    )
) AS best
SELECT
    p.product_id AS product_id,
    p.name AS name,
    p.category AS category,
    p.brand AS brand,
    p.price AS price,
    t.row.2 AS purchases,
    b.buyers AS buyers,
    t.row.3 AS units,
    t.row.5 AS revenue,
    if(purchases = 0, 0, round(100 * t.row.4 / greatest(purchases, 1), 2)) AS refund_rate,
    p.stock_quantity AS stock_quantity
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN (SELECT * FROM products WHERE product_id IN (SELECT arrayJoin(best).1)) AS p ON p.product_id = t.row.1
LEFT JOIN
(
    SELECT product_id, groupBitmapMerge(r.buyers) AS buyers
    FROM rollup_product_parts AS r
    WHERE product_id IN (SELECT arrayJoin(best).1)
    GROUP BY product_id
) AS b ON b.product_id = t.row.1
ORDER BY revenue DESC, purchases DESC, product_id;

-- 7. interaction_patterns: Which kinds of interaction are common and how long they take
WITH subtractDays((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)), 3650) AS since
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
    WHERE NOT whole AND month > toYYYYMM(since) AND month <= toYYYYMM((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))
    UNION ALL
    -- The month that the first day looked at is in.
    SELECT type, count() AS interactions, sum(duration_seconds) AS duration_seconds,
        groupBitmapState(customer_id) AS customers, groupBitmapState(product_id) AS products
    FROM interactions
    WHERE toYYYYMM(ts) = toYYYYMM(since) AND ts > since AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY type
) AS p
GROUP BY type
ORDER BY interactions DESC, type;

-- 8. engagement_score: The most engaged customers: interactions weighed by kind, and purchases
WITH
toYYYYMM(subtractMonths(toStartOfMonth((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))), 3 - 1)) AS first_month,
(SELECT groupBitmapState(customer_id) FROM rollup_customers) AS known,
(
    SELECT groupArray((customer_id, score))
    FROM
    (
        SELECT p.customer_id AS customer_id, sum(p.points) AS score
        FROM
        (
            SELECT
                customer_id,
                views * 1 + carts * 3 + wishlists * 2
                    + reviews * 5 + shares * 4 AS points
            FROM rollup_activity
            WHERE customer_id != 0 AND month >= first_month
            UNION ALL
            SELECT customer_id, bought * 10
            FROM rollup_customer_months
            WHERE customer_id != 0 AND bought > 0 AND month >= first_month
        ) AS p
        GROUP BY p.customer_id
        HAVING bitmapContains(known, customer_id)
        ORDER BY score DESC, customer_id
        LIMIT 100
    )
) AS best
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.row.2 AS engagement_score,
    s.interactions AS interactions,
    s.views AS views,
    s.carts AS carts,
    s.wishlists AS wishlists,
    s.reviews AS reviews,
    s.shares AS shares,
    s.purchases AS purchases,
    s.active_days AS active_days,
    s.last_seen AS last_seen
FROM (SELECT arrayJoin(best) AS row) AS t
INNER JOIN
(
    SELECT customer_id, name, segment FROM customers WHERE customer_id IN (SELECT arrayJoin(best).1)
) AS c ON c.customer_id = t.row.1
INNER JOIN
(
    SELECT
        customer_id,
        sum(m.views) AS views,
        sum(m.carts) AS carts,
        sum(m.wishlists) AS wishlists,
        sum(m.reviews) AS reviews,
        sum(m.shares) AS shares,
        sum(m.others) + views + carts + wishlists + reviews + shares AS interactions,
        sum(m.purchases) AS purchases,
        sum(bitCount(m.days)) AS active_days,
        max(m.latest) AS last_seen
    FROM
    (
        SELECT
            d.customer_id AS customer_id,
            sum(d.views) AS views,
            sum(d.carts) AS carts,
            sum(d.wishlists) AS wishlists,
            sum(d.reviews) AS reviews,
            sum(d.shares) AS shares,
            sum(d.others) AS others,
            sum(d.purchases) AS purchases,
            groupBitOr(d.days) AS days,
            max(d.latest) AS latest
        FROM
        (
            SELECT customer_id, month, views, carts, wishlists, reviews, shares, others, 0 AS purchases, days, latest
            FROM rollup_activity
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND month >= first_month
            UNION ALL
            SELECT customer_id, month, 0, 0, 0, 0, 0, 0, bought, days, latest
            FROM rollup_customer_months
            WHERE customer_id IN (SELECT arrayJoin(best).1) AND bought > 0 AND month >= first_month
        ) AS d
        GROUP BY d.customer_id, d.month
    ) AS m
    GROUP BY customer_id
) AS s ON s.customer_id = t.row.1
ORDER BY engagement_score DESC, customer_id;

-- 9. category_by_segment: Which categories each segment prefers, and which segment carries a category
WITH sales AS
(
    SELECT
        segment,
        category,
        sum(s.bought) AS purchases,
        groupBitmapMerge(s.buyers) AS buyers,
        sum(s.value) AS revenue
    FROM rollup_sales_parts AS s
    WHERE s.known = 1 AND s.segment != ''
    GROUP BY segment, category
    HAVING sum(s.bought) + sum(s.refunds) > 0
)
SELECT
    segment,
    category,
    purchases,
    buyers,
    revenue,
    if(in_segment = 0, 0, round(100 * toFloat64(revenue) / toFloat64(in_segment), 2)) AS segment_share,
    if(in_category = 0, 0, round(100 * toFloat64(revenue) / toFloat64(in_category), 2)) AS category_share
FROM
(
    SELECT *, sum(revenue) OVER (PARTITION BY segment) AS in_segment, sum(revenue) OVER (PARTITION BY category) AS in_category
    FROM sales
)
ORDER BY segment, revenue DESC, category;

-- 10. brand_by_segment: Which brands drive revenue in each segment
WITH sales AS
(
    SELECT
        segment,
        brand,
        sum(s.bought) AS purchases,
        groupBitmapMerge(s.buyers) AS buyers,
        sum(s.value) AS revenue
    FROM rollup_sales_parts AS s
    WHERE s.known = 1 AND s.segment != ''
    GROUP BY segment, brand
    HAVING sum(s.bought) + sum(s.refunds) > 0
)
SELECT
    segment,
    rank,
    brand,
    purchases,
    buyers,
    revenue,
    if(in_segment = 0, 0, round(100 * toFloat64(revenue) / toFloat64(in_segment), 2)) AS segment_share
FROM
(
    SELECT
        *,
        row_number() OVER (PARTITION BY segment ORDER BY revenue DESC, brand) AS rank,
        sum(revenue) OVER (PARTITION BY segment) AS in_segment
    FROM sales
)
WHERE rank <= 10
ORDER BY segment, rank;

-- 11. cohort_retention: How many customers of each monthly cohort (month of the first purchase) buy again in later months
WITH
(SELECT argMax(upto, built) FROM rollup_cohorts WHERE NOT running AND cohort = 0) AS sealed,
spent AS
(
    SELECT cohort, month, value, active, sum(if(month = cohort, active, 0)) OVER (PARTITION BY cohort) AS cohort_size
    FROM rollup_cohorts
    WHERE cohort != 0 AND counted > 0 AND (NOT running OR month > sealed) AND month <= toYYYYMM((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))
        AND (running, built) IN (SELECT running, max(built) FROM rollup_cohorts WHERE cohort = 0 GROUP BY running)
)
SELECT
    makeDate(intDiv(s.cohort, 100), s.cohort % 100, 1) AS cohort,
    dateDiff('month', cohort, makeDate(intDiv(s.month, 100), s.month % 100, 1)) AS months_since,
    s.cohort_size AS cohort_size,
    s.active AS active,
    round(100 * active / cohort_size, 2) AS retention,
    s.value AS revenue
FROM spent AS s
WHERE months_since <= 12
ORDER BY cohort, months_since;

-- 12. ltv_quartiles: How concentrated value is inside each segment: lifetime value by quartile
WITH ordered AS
(
    SELECT segment, arrayReverseSort(groupArray(value)) AS worth, length(worth) AS members, arraySum(worth) AS total
    FROM rollup_customers
    GROUP BY segment
)
SELECT
    segment,
    part.1 AS quartile,
    length(part.2) AS customers,
    part.2[-1] AS min_lifetime_value,
    toDecimal128(round(divideDecimal(arraySum(part.2), toDecimal64(customers, 0), 4), 2), 2) AS avg_lifetime_value,
    part.2[1] AS max_lifetime_value,
    arraySum(part.2) AS revenue,
    if(total = 0, 0, round(100 * toFloat64(revenue) / toFloat64(total), 2)) AS segment_share
FROM
(
    SELECT
        segment,
        total,
        -- The first quarters have one customer more where it does not divide evenly.
        arrayJoin(arrayMap(
            quarter -> (
                quarter,
                arraySlice(
                    worth,
                    (quarter - 1) * intDiv(members, 4) + least(quarter - 1, members % 4) + 1,
                    intDiv(members, 4) + (quarter <= members % 4))),
            [1, 2, 3, 4])) AS part
    FROM ordered
)
WHERE customers > 0
ORDER BY segment, quartile;

-- 13. category_gaps: Valuable customers who never bought in a high-value category: immediate cross-sell targets
WITH
arrayDistinct((SELECT groupArray(category) FROM ( SELECT toString(category) AS category FROM rollup_sales_parts WHERE known = 1 GROUP BY category HAVING sum(bought) > 0 ORDER BY sum(paid) / sum(bought) DESC, category LIMIT 2 ))) AS asked,
members AS
(
    SELECT customer_id, toString(segment) AS segment, value FROM rollup_customers WHERE has((SELECT if(hasAny(names, ['VIP', 'Premium']), ['VIP', 'Premium'], names) FROM ( SELECT arraySort(groupArray(toString(segment))) AS names FROM (SELECT segment FROM rollup_customers GROUP BY segment) )), segment)
),
(
    SELECT groupArray((segment, everyone))
    FROM (SELECT segment, groupBitmapState(customer_id) AS everyone FROM members GROUP BY segment)
) AS groups,
-- Who bought in each category; and who only brought back what they are not known to have bought.
(
    SELECT groupArray((category, buyers, odd))
    FROM
    (
        SELECT
            toString(s.category) AS category,
            groupBitmapMergeState(s.buyers) AS buyers,
            bitmapAndnot(groupBitmapMergeState(s.refunders), buyers) AS odd
        FROM rollup_sales_parts AS s
        WHERE s.known = 1 AND has(asked, s.category)
        GROUP BY category
        UNION ALL
        SELECT arrayJoin(asked) AS category, groupBitmapStateIf(toUInt32(0), 0) AS buyers, groupBitmapStateIf(toUInt32(0), 0) AS odd
        GROUP BY category
        HAVING category NOT IN (SELECT category FROM rollup_sales_parts WHERE known = 1)
    )
) AS bought,
counts AS
(
    SELECT
        g.1 AS segment,
        b.1 AS category,
        bitmapAndCardinality(g.2, b.2) AS with_it,
        bitmapCardinality(g.2) - with_it AS without
    FROM (SELECT arrayJoin(groups) AS g, arrayJoin(bought) AS b)
),
sold AS
(
    SELECT segment, category, sum(value) AS value
    FROM
    (
        SELECT toString(s.segment) AS segment, toString(s.category) AS category, sum(s.value) AS value
        FROM rollup_sales_parts AS s
        WHERE s.known = 1 AND has((SELECT if(hasAny(names, ['VIP', 'Premium']), ['VIP', 'Premium'], names) FROM ( SELECT arraySort(groupArray(toString(segment))) AS names FROM (SELECT segment FROM rollup_customers GROUP BY segment) )), s.segment) AND has(asked, s.category)
        GROUP BY segment, category
        UNION ALL
        SELECT c.segment AS segment, toString(p.category) AS category, -sum(t.amount) AS value
        FROM
        (
            SELECT customer_id, product_id, amount
            FROM transactions
            WHERE customer_id IN (SELECT arrayJoin(bitmapToArray(b.3)) FROM (SELECT arrayJoin(bought) AS b))
                AND status = 'refunded' AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
        ) AS t
        INNER JOIN (SELECT product_id, category FROM products WHERE has(asked, category)) AS p ON p.product_id = t.product_id
        INNER JOIN
        (
            SELECT b.1 AS category, arrayJoin(bitmapToArray(b.3)) AS customer_id FROM (SELECT arrayJoin(bought) AS b)
        ) AS o ON o.customer_id = t.customer_id AND o.category = toString(p.category)
        INNER JOIN
        (
            SELECT customer_id, segment
            FROM members
            WHERE customer_id IN (SELECT arrayJoin(bitmapToArray(b.3)) FROM (SELECT arrayJoin(bought) AS b))
        ) AS c ON c.customer_id = t.customer_id
        GROUP BY segment, category
    )
    GROUP BY segment, category
),
(
    SELECT groupArray((segment, category, customer_id, value))
    FROM
    (
        SELECT m.segment AS segment, g.category AS category, m.customer_id AS customer_id, m.value AS value
        FROM
        (
            SELECT b.1 AS category, arrayJoin(bitmapToArray(bitmapAndnot(g.2, b.2))) AS customer_id
            FROM (SELECT arrayJoin(groups) AS g, arrayJoin(bought) AS b)
        ) AS g
        INNER JOIN members AS m ON m.customer_id = g.customer_id
        ORDER BY value DESC, customer_id, category
        LIMIT 100
    )
) AS best
SELECT
    g.row.1 AS segment,
    g.row.2 AS category,
    g.row.3 AS customer_id,
    c.name AS name,
    g.row.4 AS lifetime_value,
    if(n.with_it = 0, toDecimal128(0, 2),
        toDecimal128(round(divideDecimal(s.value, toDecimal64(greatest(n.with_it, 1), 0), 4), 2), 2)) AS expected_value,
    n.without AS customers_without,
    expected_value * customers_without AS opportunity
FROM (SELECT arrayJoin(best) AS row) AS g
INNER JOIN (SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT arrayJoin(best).3)) AS c
    ON c.customer_id = g.row.3
INNER JOIN counts AS n ON n.segment = g.row.1 AND n.category = g.row.2
LEFT JOIN sold AS s ON s.segment = g.row.1 AND s.category = g.row.2
ORDER BY lifetime_value DESC, customer_id, category;

-- 14. basket_analysis: Products that the same customers buy within a few days of each other: candidates for bundles
WITH
toYYYYMM(subtractMonths(toStartOfMonth((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))), 13 - 1)) AS first_month,
(SELECT groupBitmapState(product_id) FROM products) AS there,
(SELECT uniqExact(month) FROM rollup_pair_months WHERE rare = 0 AND product_a = 0 AND month >= first_month) AS all_months,
-- What `limit` pairs reach in one month alone. Rare ones, of one customer a month, matter only where that is little.
(
    SELECT if(count() < 50, 0, min(most))
    FROM
    (
        SELECT max(customers) AS most
        FROM rollup_pairs
        WHERE rare = 0 AND month >= first_month
        GROUP BY product_a, product_b
        HAVING bitmapContains(there, product_a) AND bitmapContains(there, product_b)
        ORDER BY most DESC
        LIMIT 50
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
        HAVING at_most >= greatest(reached, 2)
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
        HAVING customers >= 2
        ORDER BY customers DESC, product_a, product_b
        LIMIT 50
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
ORDER BY customers DESC, product_a, product_b;

-- 15. churn_risk: Customers who have not bought for a long time: whom to win back first
WITH
at_risk AS
(
    SELECT segment, customer_id, value, bought, latest
    FROM rollup_customers
    WHERE bought > 0
        AND latest <= subtractDays((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)), 90)
        AND (empty([]) OR has([], segment))
),
(
    SELECT groupArray((segment, customer_id, value, bought, latest))
    FROM (SELECT * FROM at_risk ORDER BY value DESC, customer_id LIMIT 100)
) AS worst
SELECT
    t.row.1 AS segment,
    t.row.2 AS customer_id,
    c.name AS name,
    t.row.3 AS lifetime_value,
    t.row.4 AS purchases,
    t.row.5 AS last_purchase,
    intDiv(dateDiff('millisecond', last_purchase, (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))), 86400000) AS days_since_purchase,
    if(i.seen = 0, NULL, i.latest) AS last_interaction,
    r.customers AS customers_at_risk,
    r.value AS value_at_risk
FROM (SELECT arrayJoin(worst) AS row) AS t
INNER JOIN (SELECT customer_id, name FROM customers WHERE customer_id IN (SELECT arrayJoin(worst).2)) AS c
    ON c.customer_id = t.row.2
INNER JOIN (SELECT segment, count() AS customers, sum(value) AS value FROM at_risk GROUP BY segment) AS r ON r.segment = t.row.1
LEFT JOIN
(
    SELECT customer_id, count() AS seen, max(a.latest) AS latest
    FROM rollup_activity AS a
    WHERE customer_id IN (SELECT arrayJoin(worst).2) AND a.month <= toYYYYMM((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))
    GROUP BY customer_id
) AS i ON i.customer_id = t.row.2
ORDER BY lifetime_value DESC, customer_id;
