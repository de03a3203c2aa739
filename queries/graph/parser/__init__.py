"""Cypher's grammar, read by descent: tokens, expressions, patterns and clauses become queries.graph.syntax."""
