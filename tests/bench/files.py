"""Where benchmarks keep the SQL they ask."""

from importlib import resources


def sql(package: str, name: str) -> str:
    """The statement in {package}/sql/{name}.sql."""
    return (resources.files(package) / "sql" / f"{name}.sql").read_text(encoding="utf-8")
