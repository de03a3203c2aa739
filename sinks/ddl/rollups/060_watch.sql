-- Which rollups have yet to take in what is stored, in how many months, and since when.
CREATE VIEW rollups_behind AS
SELECT name, count() AS chunks_behind, max(dateDiff('millisecond', if(built = 0, now64(3), built), now64(3)) / 1000) AS behind_seconds
FROM
(
    SELECT 'customer_months' AS name, month, built FROM rollup_customer_months_behind
    UNION ALL
    SELECT 'customer_totals' AS name, month, built FROM rollup_customer_totals_behind
    UNION ALL
    SELECT 'cohorts' AS name, month, built FROM rollup_cohorts_behind
    UNION ALL
    SELECT 'sales' AS name, month, built FROM rollup_sales_behind
    UNION ALL
    SELECT 'buyers' AS name, month, built FROM rollup_buyers_behind
    UNION ALL
    SELECT 'activity' AS name, month, built FROM rollup_activity_behind
    UNION ALL
    SELECT 'interactions' AS name, month, built FROM rollup_interactions_behind
    UNION ALL
    SELECT 'pairs' AS name, month, built FROM rollup_pairs_behind
    UNION ALL
    SELECT 'product_months' AS name, month, built FROM rollup_product_months_behind
    UNION ALL
    SELECT 'customers' AS name, toUInt32(0) AS month, now64(3) AS built
    WHERE (SELECT seen FROM rollup_customers_seen) != (SELECT max(seen_before) FROM rollup_customers)
        AND (SELECT count() FROM customers) > 0
)
GROUP BY name;
