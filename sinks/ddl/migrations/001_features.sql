-- Features that came after the first tables of them.
ALTER TABLE customer_features
    ADD COLUMN IF NOT EXISTS categories UInt32 AFTER shares,
    ADD COLUMN IF NOT EXISTS purchase_rate Float64 AFTER categories,
    ADD COLUMN IF NOT EXISTS activity_rate Float64 AFTER purchase_rate,
    ADD COLUMN IF NOT EXISTS engagement_long Float64 AFTER engagement;
