"""The HTTP API: customers, products, reports, graph questions and alerts as JSON, described by its own OpenAPI file."""
