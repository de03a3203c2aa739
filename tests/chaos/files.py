"""Where chaos keeps the SQL and the Cypher it asks."""

from importlib import resources


def text(name: str) -> str:
    """The question in tests/chaos/{name}."""
    return (resources.files("tests.chaos") / name).read_text(encoding="utf-8")
