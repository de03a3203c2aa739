-- Dead letters to be sent again, as they stood in their topics.
SELECT topic, partition, offset, ifNull(length(value), 0) AS bytes, replay, search_from, sent_offset
FROM letters
WHERE ${filter}
ORDER BY topic, partition, offset
