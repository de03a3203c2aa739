-- Which rollups have yet to take in what is stored, in how many months, and since when.
CREATE VIEW rollups_behind AS
SELECT name, count() AS chunks_behind, max(dateDiff('millisecond', if(built = 0, now64(3), built), now64(3)) / 1000) AS behind_seconds
FROM
(
    SELECT 'customer_months' AS name, month, built FROM rollup_customer_months_behind
    UNION ALL
    SELECT 'customer_totals' AS name, month, built FROM rollup_customer_totals_behind
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
    SELECT 'customers' AS name, toUInt32(0) AS month, toDateTime64(refreshed, 3, 'UTC') AS built
    FROM
    (
        SELECT
            (SELECT max(modification_time) FROM system.parts
                WHERE database = currentDatabase() AND active AND table = 'customers') AS stored,
            (SELECT ifNull(max(last_success_time), toDateTime(0)) FROM system.view_refreshes
                WHERE database = currentDatabase() AND view = 'refresh_rollup_customers') AS refreshed
    )
    WHERE stored >= refreshed AND stored > toDateTime(0)
)
GROUP BY name;
