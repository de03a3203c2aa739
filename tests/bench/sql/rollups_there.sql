-- Whether this version has rollups.
SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'rollups_behind'
