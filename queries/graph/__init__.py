"""Cypher over ClickHouse: the graph is a view of the tables, and a query of it is compiled to SQL."""
