-- Bytes on disk of the events with their edges, and of the rollups.
SELECT if(startsWith(table, 'rollup_'), 'rollups', 'events') AS kind, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database = currentDatabase()
    AND (startsWith(table, 'rollup_') OR table IN ('customers', 'products', 'transactions', 'interactions', 'purchased_by_product', 'interacted_by_product'))
GROUP BY kind
ORDER BY kind
