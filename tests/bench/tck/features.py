"""Scenarios out of .feature files: as much of Gherkin as the TCK uses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

KEYWORD = re.compile(r"^(Given|When|Then|And|But)\s+(.*)$")
SECTION = re.compile(r"^(Feature|Scenario Outline|Scenario|Examples|Background):\s*(.*)$")
CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Step:
    """One line, with the text or the table below it."""

    text: str
    doc: str = ""
    table: tuple[tuple[str, ...], ...] = ()


@dataclass
class Scenario:
    """A scenario; one with examples stands for as many as there are examples."""

    name: str
    steps: list[Step] = field(default_factory=list)
    examples: list[dict[str, str]] = field(default_factory=list)

    def cases(self) -> Iterator[list[Step]]:
        """The steps, once for each example."""
        for example in self.examples or [{}]:
            yield [_filled(step, example) for step in self.steps]


def scenarios(feature: str, text: str) -> list[Scenario]:
    """The scenarios of a file, each named with its feature."""
    return _Reader(feature).read(text)


def _filled(step: Step, example: dict[str, str]) -> Step:
    def put(text: str) -> str:
        for name, value in example.items():
            text = text.replace(f"<{name}>", value)
        return text

    table = tuple(tuple(map(put, row)) for row in step.table)
    return Step(put(step.text), put(step.doc), table)


class _Reader:
    def __init__(self, feature: str) -> None:
        self._feature = feature
        self._found: list[Scenario] = []
        self._background: list[Step] = []
        self._section = ""
        self._header: list[str] = []

    def read(self, text: str) -> list[Scenario]:
        lines = iter(text.splitlines())
        for line in lines:
            stripped = line.strip()
            if stripped.startswith(("#", "@")) or not stripped:
                continue
            if section := SECTION.match(stripped):
                self._begin(section[1], section[2])
            elif stripped == '"""':
                self._last(replace(self._steps()[-1], doc=_document(lines)))
            elif stripped.startswith("|"):
                self._row([_cell(cell) for cell in CELL.split(stripped)[1:-1]])
            elif step := KEYWORD.match(stripped):
                self._steps().append(Step(step[2]))
        return self._found

    def _begin(self, section: str, title: str) -> None:
        self._section = section
        self._header = []
        if section.startswith("Scenario"):
            self._found.append(Scenario(f"{self._feature}: {title}", list(self._background)))

    def _steps(self) -> list[Step]:
        return self._background if self._section == "Background" else self._found[-1].steps

    def _last(self, step: Step) -> None:
        self._steps()[-1] = step

    def _row(self, cells: list[str]) -> None:
        if self._section != "Examples":
            step = self._steps()[-1]
            self._last(replace(step, table=(*step.table, tuple(cells))))
        elif self._header:
            self._found[-1].examples.append(dict(zip(self._header, cells, strict=True)))
        else:
            self._header = cells


def _document(lines: Iterator[str]) -> str:
    found = []
    for line in lines:
        if line.strip() == '"""':
            break
        found.append(line)
    return "\n".join(found)


def _cell(text: str) -> str:
    return re.sub(r"\\([|\\])", r"\1", text.strip())
