"""Where benchmarks keep the SQL and the Cypher they ask."""

from importlib import resources


def sql(package: str, name: str) -> str:
    """The statement in {package}/sql/{name}.sql."""
    return _text(package, name, "sql")


def cypher(package: str, name: str) -> str:
    """The query in {package}/cypher/{name}.cypher."""
    return _text(package, name, "cypher")


def _text(package: str, name: str, kind: str) -> str:
    return (resources.files(package) / kind / f"{name}.{kind}").read_text(encoding="utf-8")
