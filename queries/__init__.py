"""The SQL and Cypher catalogues, the runner and the graph compiler."""
