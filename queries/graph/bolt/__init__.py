"""Bolt over the graph's view: any Neo4j driver asks it as it would ask Neo4j."""
