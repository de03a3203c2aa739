"""The way into ClickHouse for servers that cannot reach Kafka: a consumer group of ours, which inserts over HTTP(S)."""
