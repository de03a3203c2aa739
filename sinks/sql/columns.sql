-- Every column of the database, with its type as the server writes it.
SELECT table, name, type
FROM system.columns
WHERE database = {database:String}
