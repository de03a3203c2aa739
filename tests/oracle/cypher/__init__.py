"""The Cypher compiler held against a real Neo4j: the same small worlds in both, the same queries put to both."""
