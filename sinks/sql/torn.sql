-- The parts that were put aside as torn, by table and name, and when they were. No longer ago than the log of blocks goes
-- back.
SELECT table, name, toUnixTimestamp(modification_time) AS at
FROM system.detached_parts
WHERE database = currentDatabase()
    AND startsWith(reason, 'broken')
    AND modification_time > now() - INTERVAL 7 DAY
