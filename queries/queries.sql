-- Made by 'python -m queries.bundle' from queries/sql: change those. Parameters have defaults.

SET final = 1, do_not_merge_across_partitions_select_final = 1, join_use_nulls = 0;

-- 1. customer_segmentation: How many customers each segment has and what it brings in (the Pareto view)
WITH spend AS
(
    SELECT customer_id, sum(amount) AS value, countIf(status = 'completed') AS bought
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
)
SELECT
    c.segment AS segment,
    count() AS customers,
    round(100 * count() / sum(count()) OVER (), 2) AS customer_share,
    sum(s.bought) AS purchases,
    sum(s.value) AS revenue,
    if(sum(sum(s.value)) OVER () = 0, 0, round(100 * toFloat64(sum(s.value)) / toFloat64(sum(sum(s.value)) OVER ()), 2)) AS revenue_share,
    toDecimal128(round(divideDecimal(sum(s.value), toDecimal64(count(), 0), 4), 2), 2) AS avg_lifetime_value
FROM customers AS c
LEFT JOIN spend AS s ON s.customer_id = c.customer_id
GROUP BY c.segment
ORDER BY revenue DESC, segment;

-- 2. top_customers: The most valuable customers, for VIP programs and account managers
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    t.value AS lifetime_value,
    t.bought AS purchases,
    toDecimal128(round(divideDecimal(t.paid, toDecimal64(greatest(t.bought, 1), 0), 4), 2), 2) AS avg_order_value,
    c.registration_date AS registration_date,
    dateDiff('day', c.registration_date, toDate32((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))) AS customer_days
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        sum(amount) AS value,
        sumIf(amount, status = 'completed') AS paid,
        countIf(status = 'completed') AS bought
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
) AS t ON t.customer_id = c.customer_id
WHERE empty([]) OR has([], c.segment)
ORDER BY lifetime_value DESC, customer_id
LIMIT 100;

-- 3. registration_trends: How many customers register each month, by segment, and what they have been worth since
WITH spend AS
(
    SELECT customer_id, sum(amount) AS value, countIf(status = 'completed') AS bought
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
),
by_channel AS
(
    SELECT
        toStartOfMonth(c.registration_date) AS month,
        c.segment AS segment,
        c.acquisition_channel AS channel,
        count() AS registrations,
        countIf(s.bought > 0) AS buyers,
        sum(s.value) AS revenue
    FROM customers AS c
    LEFT JOIN spend AS s ON s.customer_id = c.customer_id
    WHERE c.registration_date <= toDate32((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))
        AND toStartOfMonth(c.registration_date) > subtractMonths(toStartOfMonth(toDate32((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)))), 24)
        AND ('' = '' OR c.acquisition_channel = '')
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
        toStartOfMonth(ts) AS month,
        countIf(status = 'completed') AS purchases,
        uniqExactIf(customer_id, status = 'completed') AS buyers,
        sum(amount) AS revenue,
        countIf(status = 'refunded') AS refunds,
        sumIf(amount, status = 'refunded') AS refunded_amount,
        sumIf(amount, status = 'completed') AS paid
    FROM transactions
    WHERE status IN ('completed', 'refunded')
        AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
        AND toStartOfMonth(ts) > subtractMonths(toStartOfMonth((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))), 24)
    GROUP BY month
)
SELECT
    month,
    purchases,
    buyers,
    revenue,
    refunds,
    refunded_amount,
    toDecimal128(round(divideDecimal(paid, toDecimal64(greatest(purchases, 1), 0), 4), 2), 2) AS avg_order_value,
    if(before = 0, NULL, round(100 * (toFloat64(revenue) - toFloat64(before)) / toFloat64(before), 2)) AS revenue_growth
FROM
(
    SELECT *, lagInFrame(revenue) OVER (ORDER BY month ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
    FROM monthly
)
ORDER BY month;

-- 5. purchase_behavior: How the best customers buy: how often, how much, how many products, how far apart
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
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        sum(amount) AS value,
        sumIf(amount, status = 'completed') AS paid,
        countIf(status = 'completed') AS bought,
        uniqExactIf(product_id, status = 'completed') AS products,
        sumIf(quantity, status = 'completed') AS units,
        minIf(ts, status = 'completed') AS earliest,
        maxIf(ts, status = 'completed') AS latest
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
    HAVING bought >= greatest(2, 1)
) AS t ON t.customer_id = c.customer_id
ORDER BY lifetime_value DESC, purchases DESC, customer_id
LIMIT 50;

-- 6. product_performance: What each product brings in: high-revenue heroes and high-frequency workhorses
SELECT
    p.product_id AS product_id,
    p.name AS name,
    p.category AS category,
    p.brand AS brand,
    p.price AS price,
    t.bought AS purchases,
    t.buyers AS buyers,
    t.units AS units,
    t.value AS revenue,
    if(t.bought = 0, 0, round(100 * t.refunds / greatest(t.bought, 1), 2)) AS refund_rate,
    p.stock_quantity AS stock_quantity
FROM products AS p
LEFT JOIN
(
    SELECT
        product_id,
        sum(amount) AS value,
        countIf(status = 'completed') AS bought,
        countIf(status = 'refunded') AS refunds,
        uniqExactIf(customer_id, status = 'completed') AS buyers,
        sumIf(quantity, status = 'completed') AS units
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY product_id
) AS t ON t.product_id = p.product_id
WHERE '' = '' OR p.category = ''
ORDER BY revenue DESC, purchases DESC, product_id
LIMIT 50;

-- 7. interaction_patterns: Which kinds of interaction are common and how long they take
SELECT
    type,
    count() AS interactions,
    round(100 * count() / sum(count()) OVER (), 2) AS share,
    uniqExact(customer_id) AS customers,
    uniqExact(product_id) AS products,
    round(avg(duration_seconds), 2) AS avg_duration_seconds,
    round(count() / uniqExact(customer_id), 2) AS avg_per_customer
FROM interactions
WHERE ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)) AND ts > subtractDays((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)), 3650)
GROUP BY type
ORDER BY interactions DESC, type;

-- 8. engagement_score: The most engaged customers: interactions weighed by kind, and purchases
SELECT
    c.customer_id AS customer_id,
    c.name AS name,
    c.segment AS segment,
    e.views * 1 + e.carts * 3 + e.wishlists * 2
        + e.reviews * 5 + e.shares * 4 + e.purchases * 10 AS engagement_score,
    e.interactions AS interactions,
    e.views AS views,
    e.carts AS carts,
    e.wishlists AS wishlists,
    e.reviews AS reviews,
    e.shares AS shares,
    e.purchases AS purchases,
    e.active_days AS active_days,
    e.last_seen AS last_seen
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        countIf(kind != 'purchase') AS interactions,
        countIf(kind = 'view') AS views,
        countIf(kind = 'cart') AS carts,
        countIf(kind = 'wishlist') AS wishlists,
        countIf(kind = 'review') AS reviews,
        countIf(kind = 'share') AS shares,
        countIf(kind = 'purchase') AS purchases,
        uniqExact(toDate(ts)) AS active_days,
        max(ts) AS last_seen
    FROM
    (
        SELECT customer_id, toString(type) AS kind, ts FROM interactions
        UNION ALL
        SELECT customer_id, 'purchase' AS kind, ts FROM transactions WHERE status = 'completed'
    )
    WHERE ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)) AND ts > subtractDays((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)), 90)
    GROUP BY customer_id
) AS e ON e.customer_id = c.customer_id
ORDER BY engagement_score DESC, customer_id
LIMIT 100;

-- 9. category_by_segment: Which categories each segment prefers, and which segment carries a category
WITH sales AS
(
    SELECT
        c.segment AS segment,
        p.category AS category,
        countIf(t.status = 'completed') AS purchases,
        uniqExactIf(t.customer_id, t.status = 'completed') AS buyers,
        sum(t.amount) AS revenue
    FROM transactions AS t
    INNER JOIN customers AS c ON c.customer_id = t.customer_id
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded') AND t.ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY segment, category
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
        c.segment AS segment,
        p.brand AS brand,
        countIf(t.status = 'completed') AS purchases,
        uniqExactIf(t.customer_id, t.status = 'completed') AS buyers,
        sum(t.amount) AS revenue
    FROM transactions AS t
    INNER JOIN customers AS c ON c.customer_id = t.customer_id
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded') AND t.ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY segment, brand
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
activity AS
(
    SELECT customer_id, toStartOfMonth(ts) AS month, countIf(status = 'completed') AS bought, sum(amount) AS value
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id, month
),
cohorts AS
(
    SELECT customer_id, toStartOfMonth(min(ts)) AS cohort
    FROM transactions
    WHERE status = 'completed' AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
),
sizes AS
(
    SELECT cohort, count() AS cohort_size FROM cohorts GROUP BY cohort
)
SELECT
    k.cohort AS cohort,
    dateDiff('month', k.cohort, a.month) AS months_since,
    any(s.cohort_size) AS cohort_size,
    countIf(a.bought > 0) AS active,
    round(100 * active / cohort_size, 2) AS retention,
    sum(a.value) AS revenue
FROM activity AS a
INNER JOIN cohorts AS k ON k.customer_id = a.customer_id
INNER JOIN sizes AS s ON s.cohort = k.cohort
WHERE a.month >= k.cohort AND dateDiff('month', k.cohort, a.month) <= 12
GROUP BY cohort, months_since
ORDER BY cohort, months_since;

-- 12. ltv_quartiles: How concentrated value is inside each segment: lifetime value by quartile
WITH ranked AS
(
    SELECT
        c.segment AS segment,
        v.value AS value,
        ntile(4) OVER (PARTITION BY c.segment ORDER BY v.value DESC, c.customer_id) AS quartile
    FROM customers AS c
    LEFT JOIN
    (
        SELECT customer_id, sum(amount) AS value
        FROM transactions
        WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
        GROUP BY customer_id
    ) AS v ON v.customer_id = c.customer_id
)
SELECT
    segment,
    quartile,
    count() AS customers,
    min(value) AS min_lifetime_value,
    toDecimal128(round(divideDecimal(sum(value), toDecimal64(count(), 0), 4), 2), 2) AS avg_lifetime_value,
    max(value) AS max_lifetime_value,
    sum(value) AS revenue,
    if(sum(sum(value)) OVER (PARTITION BY segment) = 0, 0,
        round(100 * toFloat64(sum(value)) / toFloat64(sum(sum(value)) OVER (PARTITION BY segment)), 2)) AS segment_share
FROM ranked
GROUP BY segment, quartile
ORDER BY segment, quartile;

-- 13. category_gaps: Valuable customers who never bought in a high-value category: immediate cross-sell targets
WITH
members AS
(
    SELECT c.customer_id AS customer_id, c.name AS name, c.segment AS segment, v.value AS lifetime_value
    FROM customers AS c
    LEFT JOIN
    (
        SELECT customer_id, sum(amount) AS value
        FROM transactions
        WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
        GROUP BY customer_id
    ) AS v ON v.customer_id = c.customer_id
    WHERE has(['VIP', 'Premium'], c.segment)
),
bought AS
(
    SELECT t.customer_id AS customer_id, toString(p.category) AS category, countIf(t.status = 'completed') AS times, sum(t.amount) AS value
    FROM transactions AS t
    INNER JOIN products AS p ON p.product_id = t.product_id
    WHERE t.status IN ('completed', 'refunded')
        AND t.ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
        AND has((SELECT groupArray(category) FROM ( SELECT toString(p.category) AS category FROM transactions AS t INNER JOIN products AS p ON p.product_id = t.product_id WHERE t.status = 'completed' GROUP BY category ORDER BY sum(t.amount) / uniqExact(t.customer_id) DESC, category LIMIT 2 )), p.category)
    GROUP BY customer_id, category
    HAVING times > 0
),
expected AS
(
    SELECT m.segment AS segment, b.category AS category, toDecimal128(round(divideDecimal(sum(b.value), toDecimal64(count(), 0), 4), 2), 2) AS value
    FROM bought AS b
    INNER JOIN members AS m ON m.customer_id = b.customer_id
    GROUP BY segment, category
),
gaps AS
(
    SELECT *, count() OVER (PARTITION BY segment, category) AS customers_without
    FROM
    (
        SELECT segment, arrayJoin(arrayDistinct((SELECT groupArray(category) FROM ( SELECT toString(p.category) AS category FROM transactions AS t INNER JOIN products AS p ON p.product_id = t.product_id WHERE t.status = 'completed' GROUP BY category ORDER BY sum(t.amount) / uniqExact(t.customer_id) DESC, category LIMIT 2 )))) AS category, customer_id, name, lifetime_value
        FROM members
    )
    WHERE (customer_id, category) NOT IN (SELECT customer_id, category FROM bought)
)
SELECT
    g.segment AS segment,
    g.category AS category,
    g.customer_id AS customer_id,
    g.name AS name,
    g.lifetime_value AS lifetime_value,
    e.value AS expected_value,
    g.customers_without AS customers_without,
    e.value * g.customers_without AS opportunity
FROM gaps AS g
LEFT JOIN expected AS e ON e.segment = g.segment AND e.category = g.category
ORDER BY lifetime_value DESC, customer_id, category
LIMIT 100;

-- 14. basket_analysis: Products that the same customers buy within a few days of each other: candidates for bundles
WITH
recent AS
(
    SELECT transaction_id, customer_id, product_id, ts
    FROM transactions
    WHERE status = 'completed'
        AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
        AND ts > subtractDays((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)), 400)
),
popular AS
(
    SELECT product_id, count() AS purchases, uniqExact(customer_id) AS buyers
    FROM recent
    WHERE product_id IN (SELECT product_id FROM products)
    GROUP BY product_id
    ORDER BY purchases DESC, product_id
    LIMIT 2000
),
baskets AS
(
    SELECT
        customer_id,
        arraySlice(arrayReverseSort(groupArray((ts, transaction_id, product_id))), 1, 200) AS bought
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
                    earlier -> earlier.3 != later.3 AND earlier.1 >= subtractDays(later.1, 7),
                    arraySlice(bought, place + 1))),
            bought,
            arrayEnumerate(bought))))) AS pair
        FROM baskets
    )
    GROUP BY product_a, product_b
    HAVING customers >= 2
    ORDER BY customers DESC, product_a, product_b
    LIMIT 50
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
ORDER BY customers DESC, product_a, product_b;

-- 15. churn_risk: Customers who have not bought for a long time: whom to win back first
SELECT
    c.segment AS segment,
    c.customer_id AS customer_id,
    c.name AS name,
    t.value AS lifetime_value,
    t.bought AS purchases,
    t.latest AS last_purchase,
    intDiv(dateDiff('millisecond', t.latest, (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))), 86400000) AS days_since_purchase,
    if(i.seen = 0, NULL, i.latest) AS last_interaction,
    count() OVER (PARTITION BY c.segment) AS customers_at_risk,
    sum(t.value) OVER (PARTITION BY c.segment) AS value_at_risk
FROM customers AS c
INNER JOIN
(
    SELECT
        customer_id,
        sum(amount) AS value,
        countIf(status = 'completed') AS bought,
        maxIf(ts, status = 'completed') AS latest
    FROM transactions
    WHERE status IN ('completed', 'refunded') AND ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
    HAVING bought > 0 AND latest <= subtractDays((SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions)), 90)
) AS t ON t.customer_id = c.customer_id
LEFT JOIN
(
    SELECT customer_id, count() AS seen, max(ts) AS latest
    FROM interactions
    WHERE ts <= (SELECT max(newest) FROM (SELECT max(ts) AS newest FROM transactions UNION ALL SELECT max(ts) AS newest FROM interactions))
    GROUP BY customer_id
) AS i ON i.customer_id = c.customer_id
WHERE empty([]) OR has([], c.segment)
ORDER BY lifetime_value DESC, customer_id
LIMIT 100;
