-- Which rollups have yet to take in what is stored, in how many months, and how old what they have is.
CREATE VIEW rollups_behind AS
SELECT name, count() AS chunks_behind, max(dateDiff('millisecond', if(built = 0, since, built), now64(3)) / 1000) AS behind_seconds
FROM
(
    SELECT 'customer_months' AS name, built, since FROM rollup_customer_months_behind
    UNION ALL
    SELECT 'customer_totals' AS name, built, since FROM rollup_customer_totals_behind
    UNION ALL
    SELECT 'cohorts' AS name, built, since FROM rollup_cohorts_behind
    UNION ALL
    SELECT 'sales' AS name, built, since FROM rollup_sales_behind
    UNION ALL
    SELECT 'activity' AS name, built, since FROM rollup_activity_behind
    UNION ALL
    SELECT 'interactions' AS name, built, since FROM rollup_interactions_behind
    UNION ALL
    SELECT 'pairs' AS name, built, since FROM rollup_pairs_behind
    UNION ALL
    SELECT 'product_months' AS name, built, since FROM rollup_product_months_behind
    UNION ALL
    SELECT 'customers' AS name, toDateTime64(0, 3, 'UTC') AS built, toDateTime64(refreshed, 3, 'UTC') AS since
    FROM
    (
        SELECT ifNull(max(last_success_time), now()) AS refreshed
        FROM system.view_refreshes
        WHERE database = currentDatabase() AND view = 'refresh_rollup_customers'
    )
    WHERE (SELECT seen FROM rollup_customers_seen) != (SELECT max(seen_before) FROM rollup_customers)
        AND (SELECT count() FROM customers) > 0
)
GROUP BY name;
