-- Of each table, the parts that were put aside as torn when the server started, and when it first did so.
SELECT table, count() AS parts, formatDateTime(min(modification_time), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS since
FROM system.detached_parts
WHERE database = currentDatabase() AND startsWith(reason, 'broken')
GROUP BY table
ORDER BY table
