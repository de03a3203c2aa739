-- How many records at the end of what was stored of a partition could not be read, in a row, and the last one's offset.
-- That is what blocks behind the last one with a readable record have, and what follows that record in its own block. A
-- block that came twice is logged twice: there are no more than there are offsets, unless the topic was made anew or is
-- read again.
WITH (
    SELECT tuple(
        max((stored_at, max_offset)),
        argMax(readable_to, (stored_at, max_offset)),
        argMax(least(toInt64(unreadable), max_offset + 1 - readable_to), (stored_at, max_offset))
    )
    FROM ingest_log
    WHERE topic = {topic:String} AND partition = {partition:Int32} AND readable_to > 0
) AS last
SELECT
    if(newest < last.2, behind, least(behind, max(max_offset) + 1 - last.2)) AS records,
    argMax(max_offset, (stored_at, max_offset)) AS newest,
    last.3 + toInt64(sumIf(unreadable, (stored_at, max_offset) > last.1)) AS behind
FROM ingest_log
WHERE topic = {topic:String} AND partition = {partition:Int32} AND (stored_at, max_offset) >= last.1
