-- Every feature of customers `first` to `last`, each as of moments of its own, from the rows of events alone.
-- `points` are the pairs (customer_id, as_of); a customer without an event by then has no row. Segments and
-- categories are those of now: of what they were, nothing is kept.
WITH
    points AS
    (
        ${points}
    ),
    happened AS
    (
        SELECT
            customer_id,
            product_id,
            ts,
            amount,
            status = 'completed' AS is_purchase,
            '' AS type,
            if(status = 'completed', {purchase_weight:Float64}, {refund_weight:Float64}) AS weight
        FROM transactions
        WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32} AND status IN ('completed', 'refunded')
        UNION ALL
        SELECT
            customer_id,
            0 AS product_id,
            ts,
            toDecimal64(0, 2) AS amount,
            false AS is_purchase,
            toString(type) AS type,
            transform(type, {interaction_types:Array(String)}, {interaction_weights:Array(Float64)}, 0.) AS weight
        FROM interactions
        WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
    ),
    aged AS
    (
        SELECT
            customer_id,
            as_of,
            product_id,
            ts,
            amount,
            is_purchase,
            type,
            type != '' AS is_interaction,
            weight,
            toUnixTimestamp64Milli(as_of) AS now_ms,
            toUnixTimestamp64Milli(ts) AS ts_ms,
            -- Whole UTC hours and days, the one of as_of counted as the first.
            intDiv(now_ms, 3600000) - intDiv(ts_ms, 3600000) AS hours,
            intDiv(now_ms, 86400000) - intDiv(ts_ms, 86400000) AS days
        FROM happened
        INNER JOIN points USING (customer_id)
        WHERE ts <= as_of
    ),
    counted AS
    (
        SELECT
            customer_id,
            as_of,
            min(ts) AS first_seen,
            max(ts) AS last_seen,
            maxOrNullIf(ts, is_purchase) AS last_purchase,
            countIf(is_purchase) AS orders,
            sum(amount) AS lifetime_value,
            uniqExact(days) AS active_days,
            uniqExactIf(category, is_purchase AND is_listed) AS categories,
            countIf(is_purchase AND hours < 1) AS purchases_1h,
            countIf(is_purchase AND hours < 24) AS purchases_24h,
            countIf(is_purchase AND days < 7) AS purchases_7d,
            countIf(is_purchase AND days < 30) AS purchases_30d,
            countIf(is_purchase AND days < 90) AS purchases_90d,
            sumIf(amount, hours < 1) AS spend_1h,
            sumIf(amount, hours < 24) AS spend_24h,
            sumIf(amount, days < 7) AS spend_7d,
            sumIf(amount, days < 30) AS spend_30d,
            sumIf(amount, days < 90) AS spend_90d,
            countIf(is_interaction AND hours < 1) AS interactions_1h,
            countIf(is_interaction AND hours < 24) AS interactions_24h,
            countIf(is_interaction AND days < 7) AS interactions_7d,
            countIf(is_interaction AND days < 30) AS interactions_30d,
            countIf(is_interaction AND days < 90) AS interactions_90d,
            countIf(type = 'view') AS views,
            countIf(type = 'cart') AS carts,
            countIf(type = 'wishlist') AS wishlists,
            countIf(type = 'review') AS reviews,
            countIf(type = 'share') AS shares,
            sum(weight * exp2(-(now_ms - ts_ms) / {short_half_life:Float64})) AS engaged_short,
            sum(weight * exp2(-(now_ms - ts_ms) / {long_half_life:Float64})) AS engaged_long
        FROM aged
        LEFT JOIN (SELECT product_id, category, true AS is_listed FROM products) AS listed USING (product_id)
        GROUP BY customer_id, as_of
    ),
    told AS
    (
        SELECT
            *,
            if(known.segment = '', 'UNKNOWN', known.segment) AS segment_now,
            toUnixTimestamp64Milli(as_of) AS now_ms,
            toUnixTimestamp64Milli(first_seen) AS first_ms,
            toUnixTimestamp64Milli(last_seen) AS last_ms,
            greatest((now_ms - first_ms) / 86400000, 1.) AS days_known,
            engaged_short / {short_half_life:Float64} AS recent,
            engaged_long / {long_half_life:Float64} AS usual,
            -- The churn score, as stream_processors/churn/model.py says it.
            indexOf({segments:Array(String)}, segment_now) AS code,
            arrayElement({prior_times:Array(Float64)}, code) + greatest(toInt64(active_days) - 1, 0) AS times,
            arrayElement({prior_days:Array(Float64)}, code) + (last_ms - first_ms) / 86400000 AS span,
            greatest(now_ms - last_ms, 0) / 86400000 AS silence,
            arrayElement({intercepts:Array(Float64)}, code)
                + arrayElement({evidence_weights:Array(Float64)}, code) * times * log1p(silence / span)
                + arrayElement({time_weights:Array(Float64)}, code) * log1p(silence)
                + arrayElement({rate_weights:Array(Float64)}, code) * log(times / span) AS odds
        FROM counted
        LEFT JOIN
        (
            SELECT customer_id, toString(segment) AS segment
            FROM customers
            WHERE customer_id BETWEEN {first:UInt32} AND {last:UInt32}
        ) AS known USING (customer_id)
    )
SELECT
    customer_id,
    as_of,
    segment_now AS segment,
    first_seen,
    last_seen,
    last_purchase,
    orders,
    CAST(lifetime_value, 'Decimal(18, 2)') AS lifetime_value,
    active_days,
    purchases_1h,
    purchases_24h,
    purchases_7d,
    purchases_30d,
    purchases_90d,
    CAST(spend_1h, 'Decimal(18, 2)') AS spend_1h,
    CAST(spend_24h, 'Decimal(18, 2)') AS spend_24h,
    CAST(spend_7d, 'Decimal(18, 2)') AS spend_7d,
    CAST(spend_30d, 'Decimal(18, 2)') AS spend_30d,
    CAST(spend_90d, 'Decimal(18, 2)') AS spend_90d,
    interactions_1h,
    interactions_24h,
    interactions_7d,
    interactions_30d,
    interactions_90d,
    views,
    carts,
    wishlists,
    reviews,
    shares,
    categories,
    orders / days_known AS purchase_rate,
    active_days / days_known AS activity_rate,
    100 * (1 - exp(-engaged_short / {short_scale:Float64})) AS engagement,
    100 * (1 - exp(-engaged_long / {long_scale:Float64})) AS engagement_long,
    if(recent + usual > 0, recent / (recent + usual), 0) AS engagement_trend,
    (1 + tanh(odds / 2)) / 2 AS churn_score,
    multiIf(churn_score >= {raise_from:Float64}, 'high', churn_score >= {medium_from:Float64}, 'medium', 'low') AS churn_band
FROM told
ORDER BY customer_id, as_of
