"""ClickHouse: its tables, the way events get in, and the embedded engine behind an HTTP port."""
