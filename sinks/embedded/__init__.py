"""The embedded ClickHouse: chdb's engine in one process, behind ClickHouse's HTTP interface."""
