INSERT INTO queue_${stream}
SETTINGS
    async_insert = 0,
    insert_deduplicate = 1,
    insert_deduplication_token = '${name}',
    deduplicate_blocks_in_dependent_materialized_views = 1,
    max_partitions_per_insert_block = 0,
    input_format_avro_allow_missing_fields = ${missing_fields}
FORMAT Avro
