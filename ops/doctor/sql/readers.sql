-- Of each Kafka table that could not store what it had read within the last seconds: when, and why, in a line. What Kafka's
-- client says of brokers begins otherwise, and passes.
SELECT
    table,
    formatDateTime(max(exceptions.time), '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS since,
    extract(
        argMax(exceptions.text, exceptions.time), '^Code: [0-9]+\\. (?:DB::Exception: )?([^\n]*?)(?:: while executing|, Stack trace|\n|$)'
    ) AS said
FROM system.kafka_consumers
ARRAY JOIN exceptions
WHERE database = currentDatabase() AND exceptions.time > now() - INTERVAL 15 SECOND AND startsWith(exceptions.text, 'Code: ')
GROUP BY table
ORDER BY table
