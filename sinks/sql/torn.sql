-- The parts that were put aside as torn, by table and name, when they were, in s, and whether no longer ago than the log of
-- blocks goes back.
SELECT table, name, toUnixTimestamp(modification_time) AS at, modification_time > now() - INTERVAL 7 DAY AS is_recent
FROM system.detached_parts
WHERE database = currentDatabase() AND startsWith(reason, 'broken')
