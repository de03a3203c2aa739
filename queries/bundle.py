"""Writes queries/queries.sql and queries/queries.cypher: all written queries in one file, to paste or to run whole.

`python -m queries.bundle`
"""

import re
from pathlib import Path

from queries import values
from queries.catalogue import Parameter, Query, catalogue, default_source
from queries.database import EXACT

FOLDER = Path(__file__).parent
HEADS = {
    "sql": "-- Made by 'python -m queries.bundle' from queries/sql: change those. Parameters have defaults.",
    "cypher": "// Made by 'python -m queries.bundle' from queries/cypher: change those. Parameters have defaults.",
}


def bundles() -> dict[str, str]:
    """The content of each file, by its name."""
    settings = "SET " + ", ".join(f"{name} = {value}" for name, value in EXACT.items()) + ";"
    reports = [_block(query, _sql(query), "--") for query in catalogue("sql")]
    graph = [_block(query, _cypher(query), "//") for query in catalogue("cypher")]
    return {
        "queries.sql": "\n\n".join([HEADS["sql"], settings, *reports]) + "\n",
        "queries.cypher": "\n\n".join([HEADS["cypher"], *graph]) + "\n",
    }


def main() -> None:
    """Writes the files."""
    for name, content in bundles().items():
        (FOLDER / name).write_text(content, encoding="utf-8")


def _block(query: Query, text: str, mark: str) -> str:
    return f"{mark} {query.number}. {query.name}: {query.purpose}\n{text};"


def _sql(query: Query) -> str:
    text = query.text
    for parameter in query.parameters:
        text = text.replace(f"{{{parameter.name}:{parameter.type}}}", _sql_default(parameter))
    return text


def _sql_default(parameter: Parameter) -> str:
    if not parameter.source:
        return values.literal(values.read(parameter.name, parameter.type, parameter.default))
    lines = default_source(parameter.source).splitlines()
    statement = " ".join(line.strip() for line in lines if not line.startswith("--"))
    return f"({statement})"


def _cypher(query: Query) -> str:
    text = query.text
    for parameter in query.parameters:
        text = re.sub(rf"\${parameter.name}\b", parameter.fallback.replace("\\", r"\\"), text)
    return text


if __name__ == "__main__":
    main()
