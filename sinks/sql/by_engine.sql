-- A table of the database that is the Kafka engine's, if any is.
SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'Kafka' LIMIT 1
