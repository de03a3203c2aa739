    -- What the Kafka engine says of every record by itself: the client sends it beside the record's own fields.
    _topic LowCardinality(String),
    _partition UInt64,
    _offset UInt64,
    _timestamp_ms Nullable(DateTime64(3)),
    _key String,
    _raw_message String,
    _error String
