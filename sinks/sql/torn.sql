-- The tables that have parts which were put aside as torn after a moment; when the first and the last were.
-- No longer ago than the log of blocks goes back.
SELECT
    arraySort(groupUniqArray(table)) AS tables,
    toUnixTimestamp(min(modification_time)) AS first,
    toUnixTimestamp(max(modification_time)) AS last
FROM system.detached_parts
WHERE database = currentDatabase()
    AND startsWith(reason, 'broken')
    AND modification_time > toDateTime({noted:UInt32})
    AND modification_time > now() - INTERVAL 7 DAY
