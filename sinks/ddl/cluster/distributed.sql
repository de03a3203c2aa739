-- What is asked and written to on every node; a row goes to one shard.
CREATE TABLE IF NOT EXISTS ${table} ON CLUSTER '${cluster}' AS ${shard}
ENGINE = Distributed('${cluster}', currentDatabase(), ${shard}, ${key});
