-- Bytes on disk by what they are for.
SELECT
    multiIf(
        startsWith(table, 'rollup_'), 'rollups',
        table IN ('customers', 'products', 'transactions', 'interactions'), 'raw',
        table IN ('purchased_by_product', 'interacted_by_product', 'product_buyers', 'customer_bounds'), 'edges',
        'others') AS kind,
    sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY kind
ORDER BY kind
