-- The rollup that is furthest behind the rows, and by how many seconds; no row when all have caught up.
SELECT name, behind_seconds FROM rollups_behind ORDER BY behind_seconds DESC, name LIMIT 1
