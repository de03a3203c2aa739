-- Rollups that have yet to take in stored events, and how many of their months; no rows when all have caught up.
SELECT name AS "rollup", chunks_behind FROM rollups_behind ORDER BY name
