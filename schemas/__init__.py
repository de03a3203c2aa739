"""The contract: Avro records, topics, ids, the wire format, settings and errors. Imports nothing of ours."""
