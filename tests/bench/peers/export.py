"""The graph as files that other databases load: nodes and edges as the stack's own tables have them."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal, cast

from clickhouse_connect.driver.client import Client

from tests.bench.files import sql

Format = Literal["Parquet", "CSV"]
#: A statement's answer in a format, as a file to read; {share} is given.
Answer = Callable[[str, int, Format], IO[bytes]]

#: How files say that there is no value: by nothing.
NULLS = {"format_csv_null_representation": ""}
NODES = ("customers", "products", "categories", "brands")
EDGES = ("purchased", "interacted", "belongs_to", "manufactured_by")


def answers_of(client: Client) -> Answer:
    """The answers of a stack's ClickHouse."""

    def answer(statement: str, share: int, form: Format) -> IO[bytes]:
        return cast("IO[bytes]", client.raw_stream(statement, parameters={"share": share}, settings=NULLS, fmt=form))

    return answer


def export(answer: Answer, folder: Path, share: int, form: Format) -> None:
    """Writes {name}.parquet or .csv for each of the nodes and edges.

    Of customers every `share`th, by id, with all their edges; all products, categories and brands. The edges have the
    properties that the questions ask for, the nodes too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*NODES, *EDGES):
        with (
            answer(sql("tests.bench.peers", name), share, form) as source,
            path(folder, name, form).open("wb") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)


def path(folder: Path, name: str, form: Format) -> Path:
    """Where export() puts the nodes or edges of a name."""
    return folder / f"{name}.{form.lower()}"
