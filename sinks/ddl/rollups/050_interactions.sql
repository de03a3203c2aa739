CREATE MATERIALIZED VIEW refresh_rollup_activity REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_activity AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    customer_id,
    toUInt32(countIf(type = 'view')) AS views,
    toUInt32(countIf(type = 'cart')) AS carts,
    toUInt32(countIf(type = 'wishlist')) AS wishlists,
    toUInt32(countIf(type = 'review')) AS reviews,
    toUInt32(countIf(type = 'share')) AS shares,
    toUInt32(countIf(type NOT IN ('view', 'cart', 'wishlist', 'review', 'share'))) AS others,
    max(ts) AS latest,
    groupBitOr(bitShiftLeft(toUInt32(1), toDayOfMonth(ts))) AS days,
    if(customer_id = 0, max(${mark}), 0) AS mark,
    now64(3) AS built
FROM interactions FINAL
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'activity')
GROUP BY GROUPING SETS ((month, customer_id), (month))
${one_block};

CREATE MATERIALIZED VIEW refresh_rollup_interactions REFRESH AFTER 1 SECOND DEPENDS ON refresh_rollup_turns APPEND TO rollup_interactions AS
SELECT
    toUInt32(toYYYYMM(ts)) AS month,
    type,
    count() AS interactions,
    sum(duration_seconds) AS duration_seconds,
    groupBitmapState(customer_id) AS customers,
    groupBitmapState(product_id) AS products,
    toUInt8(grouping(type) = 1) AS whole,
    if(whole, max(${mark}), 0) AS mark,
    now64(3) AS built
FROM interactions FINAL
WHERE toYYYYMM(ts) IN (SELECT month FROM rollup_turns WHERE name = 'interactions')
GROUP BY GROUPING SETS ((month, type), (month))
${one_block};
