-- What of a block could not be read came after the first log. Of blocks from before, all counts as read.
ALTER TABLE ingest_log
    ADD COLUMN IF NOT EXISTS unreadable UInt64 AFTER max_ts,
    ADD COLUMN IF NOT EXISTS readable_to Int64 DEFAULT max_offset + 1 AFTER unreadable;
