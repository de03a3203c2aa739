"""The web console: what flows, customers at risk, use cases, queries and dead letters in a browser."""
