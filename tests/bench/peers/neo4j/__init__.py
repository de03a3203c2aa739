"""Neo4j's community server, asked through Bolt as we are."""
