SETTINGS
    max_threads = 1,
    max_insert_threads = 1,
    min_insert_block_size_rows = 100000000,
    min_insert_block_size_bytes = 4000000000,
    max_partitions_per_insert_block = 0,
    do_not_merge_across_partitions_select_final = 1
