"""What pip cannot install: Kafka's jars and the registry's archive, from a Maven repository, checked by checksum."""
