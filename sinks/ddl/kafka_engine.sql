ENGINE = Kafka(${kafka_collection}, kafka_topic_list = '${topic}', kafka_group_name = '${group}')
SETTINGS
    kafka_num_consumers = 1,
    kafka_thread_per_consumer = 1,
    kafka_handle_error_mode = 'stream',
    kafka_flush_interval_ms = 500,
    kafka_poll_timeout_ms = 50,
    kafka_max_block_size = 262144,
    kafka_poll_max_batch_size = 65536,
    format_avro_schema_registry_url = '${registry}',
    input_format_avro_allow_missing_fields = ${missing_fields}
