-- How many queues there are that a client inserts into.
SELECT count() FROM system.tables WHERE database = {database:String} AND startsWith(name, 'queue_') AND engine = 'Null'
