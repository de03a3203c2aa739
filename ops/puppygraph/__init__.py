"""PuppyGraph beside ClickHouse: the graph's view is uploaded to it, and it answers from the tables, not from a copy."""
