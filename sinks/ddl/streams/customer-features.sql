CREATE TABLE queue_customer_features
(
    customer_id UInt32,
    as_of DateTime64(3, 'UTC'),
    segment String,
    first_seen DateTime64(3, 'UTC'),
    last_seen DateTime64(3, 'UTC'),
    last_purchase Nullable(DateTime64(3, 'UTC')),
    orders UInt64,
    lifetime_value Decimal(18, 2),
    active_days UInt32,
    purchases_1h UInt32,
    purchases_24h UInt32,
    purchases_7d UInt32,
    purchases_30d UInt32,
    purchases_90d UInt32,
    spend_1h Decimal(18, 2),
    spend_24h Decimal(18, 2),
    spend_7d Decimal(18, 2),
    spend_30d Decimal(18, 2),
    spend_90d Decimal(18, 2),
    interactions_1h UInt32,
    interactions_24h UInt32,
    interactions_7d UInt32,
    interactions_30d UInt32,
    interactions_90d UInt32,
    views UInt32,
    carts UInt32,
    wishlists UInt32,
    reviews UInt32,
    shares UInt32,
    categories UInt32,
    purchase_rate Float64,
    activity_rate Float64,
    engagement Float64,
    engagement_long Float64,
    engagement_trend Float64,
    churn_score Float64,
    churn_band String,
    input_offsets Map(String, Int64),
    computed_by Int64${received}
)
${engine};

CREATE TABLE stream_customer_features ENGINE = Null EMPTY AS
SELECT *, ${record_columns} FROM queue_customer_features;

CREATE MATERIALIZED VIEW keep_customer_features TO customer_features AS
SELECT
    customer_id, as_of, segment, first_seen, last_seen, last_purchase, orders, lifetime_value, active_days,
    purchases_1h, purchases_24h, purchases_7d, purchases_30d, purchases_90d, spend_1h, spend_24h, spend_7d, spend_30d,
    spend_90d, interactions_1h, interactions_24h, interactions_7d, interactions_30d, interactions_90d, views, carts,
    wishlists, reviews, shares, categories, purchase_rate, activity_rate, engagement, engagement_long, engagement_trend,
    churn_score, churn_band, input_offsets,
    -- By newer rules however little of the input has been read again, then by more of the input.
    bitShiftLeft(toUInt64(computed_by), 44) + arraySum(mapValues(input_offsets)) AS input_records
FROM stream_customer_features
WHERE length(record_error) = 0 AND customer_id NOT IN (SELECT customer_id FROM erased_customers);
