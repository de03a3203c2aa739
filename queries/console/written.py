"""A text that is asked: whether it is the catalogue's, which parameters it has, and how it is run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from queries.catalogue import ADHOC, Language, Parameter, find, name_of
from queries.cli import guessed
from queries.runner import Result, Runner

_NAMED = {"sql": re.compile(r"\{\s*(\w+)\s*:"), "cypher": re.compile(r"\$(\w+)")}


@dataclass(frozen=True)
class Written:
    """What stands in the editor."""

    language: Language
    text: str

    @property
    def name(self) -> str:
        """The catalogue's query that it is; ADHOC if none."""
        return name_of(self.language, self.text)

    @property
    def parameters(self) -> list[str]:
        """The names that it uses, in the order of the text."""
        return list(dict.fromkeys(_NAMED[self.language].findall(self.text)))

    def declared(self) -> dict[str, Parameter]:
        """Of the catalogue's queries, what the header says of each."""
        if self.name == ADHOC:
            return {}
        return {parameter.name: parameter for parameter in find(self.language, self.name).parameters}

    def run(self, runner: Runner, given: Mapping[str, str]) -> Result:
        """Asks it; raises as Runner.sql() and Runner.cypher() do."""
        if self.name != ADHOC:
            return runner.sql(self.name, given) if self.language == "sql" else runner.cypher(self.name, given)
        if self.language == "sql":
            return runner.sql_text(self.text, given)
        return runner.cypher_text(self.text, {name: guessed(value) for name, value in given.items()})

    def explain(self, runner: Runner, given: Mapping[str, str]) -> str:
        """How it would be answered."""
        if self.name != ADHOC:
            return runner.explain(self.language, self.name, given)
        values: Mapping[str, object] = given
        if self.language == "cypher":
            values = {name: guessed(value) for name, value in given.items()}
        return runner.explain(self.language, self.text, values, text=True)
