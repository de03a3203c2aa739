-- Whatever a write would change: tables with their rows and parts, and what stands beside them.
SELECT 'table', database || '.' || name, create_table_query, toString(total_rows)
FROM system.tables WHERE NOT is_temporary AND lower(database) NOT IN ('system', 'information_schema')
UNION ALL
SELECT 'part', database || '.' || table, name, toString(rows)
FROM system.parts WHERE active AND database != 'system'
UNION ALL
SELECT 'mutation', database || '.' || table, mutation_id, command FROM system.mutations
UNION ALL
SELECT 'database', name, engine, '' FROM system.databases
UNION ALL
SELECT 'function', name, create_query, '' FROM system.functions WHERE origin != 'System'
UNION ALL
SELECT 'dictionary', database || '.' || name, '', '' FROM system.dictionaries
UNION ALL
SELECT 'collection', name, '', '' FROM system.named_collections
UNION ALL
SELECT 'user', name, '', '' FROM system.users
UNION ALL
SELECT 'grant', ifNull(user_name, role_name), toString(access_type), ifNull(database, '') FROM system.grants
ORDER BY ALL
