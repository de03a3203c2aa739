-- The names of a database's tables and views.
SELECT name FROM system.tables WHERE database = {database:String}
