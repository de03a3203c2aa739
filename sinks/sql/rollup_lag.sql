-- How old each rollup is that has yet to take in something; 0 for those that know all that is stored.
SELECT r.name, ifNull(b.behind_seconds, 0) AS lag_seconds
FROM
(
    SELECT replaceOne(t.name, 'refresh_rollup_', '') AS name
    FROM system.tables AS t
    WHERE t.database = currentDatabase() AND startsWith(t.name, 'refresh_rollup_')
        AND t.name NOT IN ('refresh_rollup_backlog', 'refresh_rollup_turns')
) AS r
LEFT JOIN rollups_seen_behind AS b ON b.name = r.name
ORDER BY r.name
