-- Of each table, the parts that were put aside as torn when the server started, when it first did so, and how many of them
-- nobody saw to who would have by now.
SELECT
    table,
    count() AS parts,
    formatDateTime(min(modification_time), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS since,
    countIf(
        modification_time <= now() - INTERVAL 7 DAY
        AND NOT has({seen:Array(String)}, concat(table, '/', name, '/', toString(toUnixTimestamp(modification_time))))
    ) AS unseen
FROM system.detached_parts
WHERE database = currentDatabase() AND startsWith(reason, 'broken')
GROUP BY table
ORDER BY table
