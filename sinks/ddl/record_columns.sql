_topic AS record_topic,
    _partition AS record_partition,
    _offset AS record_offset,
    ifNull(_timestamp_ms, toDateTime64(0, 3)) AS record_time,
    _key AS record_key,
    _raw_message AS record_value,
    length(_error) > 0 AS record_unreadable,
    if(length(_error) > 0, _error, ${check}) AS record_error
