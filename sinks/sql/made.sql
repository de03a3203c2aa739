-- The engine of a table, and what tells it from any other of its name.
SELECT engine, toString(uuid) FROM system.tables WHERE database = currentDatabase() AND name = {name:String}
