"""The written queries, queries/sql/*.sql and queries/cypher/*.cypher, with what their headers say."""

import difflib
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from typing import Literal

from schemas.errors import UsageError

Language = Literal["sql", "cypher"]
COMMENT = {"sql": "--", "cypher": "//"}
FILE = re.compile(r"^(\d\d)_([a-z0-9_]+)\.(sql|cypher)$")
PARAMETER = re.compile(r"^(\w+)\s{2,}(.+?)\s+=\s(.*?)\s{2,}(\S.*)$")
CONDITION = re.compile(r"^(\w+)\s+=\s+(\S+)$")
#: Stands for a text that is not in a catalogue.
ADHOC = "adhoc"
COLUMN = re.compile(r"^(\w+)\s{2,}(\S.*)$")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter.

    `default` is a literal of `type`, or empty where `source` names the file of queries/defaults that finds it in the
    data; `fallback` is the literal that stands for it where no data can be asked.
    """

    name: str
    type: str
    default: str
    source: str
    fallback: str
    meaning: str


@dataclass(frozen=True)
class Query:
    """One written query; `text` is the statement without its header.

    A report's text asks the rollups, which know all up to the newest event; `plain` asks the rows themselves, as of any
    time. The rollups answer for the values of parameters in `rollup_when`, and for any of the parameters not in it.
    """

    number: int
    name: str
    language: Language
    purpose: str
    parameters: tuple[Parameter, ...]
    columns: dict[str, str]
    text: str
    plain: str = ""
    rollup_when: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> Parameter:
        """The parameter of that name.

        Raises:
            UsageError: there is none; the message says which there are.
        """
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        there = ", ".join(parameter.name for parameter in self.parameters) or "none"
        raise UsageError(f"{self.language} {self.number} ({self.name}) has no parameter '{name}'. It has: {there}.")


@functools.cache
def catalogue(language: Language) -> tuple[Query, ...]:
    """All written queries of a language, by number."""
    folder = resources.files("queries") / language
    queries = []
    for entry in folder.iterdir():
        match = FILE.match(entry.name)
        if match is None or match[3] != language:
            raise ValueError(f"queries/{language}/{entry.name} is not named NN_name.{language}")
        query = parse(int(match[1]), match[2], language, entry.read_text(encoding="utf-8"))
        queries.append(replace(query, plain=_plain(entry.name, query)) if language == "sql" else query)
    return tuple(sorted(queries, key=lambda query: query.number))


def find(language: Language, wanted: str) -> Query:
    """The query of a number (4, 04) or a name.

    Raises:
        UsageError: there is none; the message lists the nearest.
    """
    for query in catalogue(language):
        if query.name == wanted or wanted.lstrip("0") == str(query.number):
            return query
    names = {query.name: query for query in catalogue(language)}
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or list(names)
    listed = ", ".join(f"{names[name].number} {name}" for name in near)
    raise UsageError(f"There is no {language} query '{wanted}'. Near it: {listed}. 'c360 queries' lists them all.")


@functools.cache
def _names(language: Language) -> dict[str, str]:
    return {_bare(language, query.text): query.name for query in catalogue(language)}


def name_of(language: Language, text: str) -> str:
    """Which query of the catalogue a text is, whatever its comments and spaces; ADHOC if none."""
    return _names(language).get(_bare(language, text), ADHOC)


def log_comment(language: Language, name: str) -> dict[str, int | str]:
    """The setting by which ClickHouse's log, and the embedded engine's metrics, know which query it is."""
    return {"log_comment": f"c360:{language}:{name}"}


def _bare(language: Language, text: str) -> str:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith(COMMENT[language]))
    return " ".join(" ".join(lines).split()).rstrip("; ")


def _plain(file: str, query: Query) -> str:
    content = (resources.files("queries") / "plain" / file).read_text(encoding="utf-8")
    plain = parse(query.number, query.name, "sql", content)
    if (plain.parameters, plain.columns, plain.purpose) != (query.parameters, query.columns, query.purpose):
        raise ValueError(f"the headers of queries/sql/{file} and queries/plain/{file} differ")
    return plain.text


@functools.cache
def default_source(name: str) -> str:
    """The statement of queries/defaults/{name}.sql, which answers one value."""
    return (resources.files("queries") / "defaults" / f"{name}.sql").read_text(encoding="utf-8").strip()


def parse(number: int, name: str, language: Language, content: str) -> Query:
    """A query from its file's content.

    Raises:
        ValueError: the header is not as it should be.
    """
    mark = COMMENT[language]
    lines = content.splitlines()
    length = next((at for at, line in enumerate(lines) if not line.startswith(mark)), len(lines))
    sections = _sections([line.removeprefix(mark).strip() for line in lines[:length]], name)
    return Query(
        number=number,
        name=name,
        language=language,
        purpose=sections["purpose"][0],
        parameters=tuple(_parameter(line, name) for line in sections.get("parameters", [])),
        columns=dict(_columns(sections["columns"], name)),
        rollup_when=tuple(_condition(line, name) for line in sections.get("rollup-when", [])),
        text="\n".join(lines[length:]).strip(),
    )


def _sections(lines: list[str], name: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current = ""
    for line in lines:
        head = re.match(r"^(purpose|parameters|rollup-when|columns):\s*(.*)$", line)
        if head is not None:
            current = head[1]
            sections[current] = [head[2]] if head[2] else []
        elif line and current:
            sections[current].append(line)
    if not sections.get("purpose") or not sections.get("columns"):
        raise ValueError(f"the header of {name} lacks its purpose or its columns")
    return sections


def _parameter(line: str, name: str) -> Parameter:
    match = PARAMETER.match(line)
    if match is None:
        raise ValueError(f"the header of {name} has an unreadable parameter: {line}")
    default, source, fallback = match[3], "", match[3]
    if default.startswith("@"):
        source, _, fallback = default[1:].partition(" or ")
        default = ""
    return Parameter(match[1], match[2], default, source, fallback, match[4])


def _condition(line: str, name: str) -> tuple[str, str]:
    match = CONDITION.match(line)
    if match is None:
        raise ValueError(f"the header of {name} has an unreadable condition: {line}")
    return match[1], match[2]


def _columns(lines: list[str], name: str) -> Iterator[tuple[str, str]]:
    for line in lines:
        match = COLUMN.match(line)
        if match is None:
            raise ValueError(f"the header of {name} has an unreadable column: {line}")
        yield match[1], match[2]
