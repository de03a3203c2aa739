-- Partitions of which something could not be read in the last minute, and when that was last stored, in ms.
SELECT topic, partition, toUnixTimestamp64Milli(max(stored_at)) AS at
FROM ingest_log
WHERE stored_at > now64(3) - INTERVAL 1 MINUTE AND unreadable > 0
GROUP BY topic, partition
ORDER BY topic, partition
