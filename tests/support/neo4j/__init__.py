"""Neo4j, a peer to be held against: fetched from a Maven repository, started on a port of its own, always ended."""
