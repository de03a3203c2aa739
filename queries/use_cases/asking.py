"""Asks the questions of a use case, and keeps each as a step."""

import datetime as dt
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any, Protocol

from queries import values
from queries.catalogue import Language, find
from queries.recommend.serving import Recommendations
from queries.runner import Result, Runner
from queries.use_cases.report import Report, Row, Step, UseCase
from schemas.errors import QueryError

#: Ids that one statement is given: they travel in its address.
IDS_AT_ONCE = 1000


class Serving(Protocol):
    """Whatever knows the recommendations of the last refresh (queries.recommend.serving.Recommender)."""

    def of(self, customer_id: int, limit: int = 20) -> Recommendations:
        """What is recommended to a customer."""
        ...


class Asking:
    """One use case being asked. `as_of` is the time of the newest event: the shop's now, whatever the clock says."""

    def __init__(self, runner: Runner, serving: Serving) -> None:
        self._runner = runner
        self.serving = serving
        self.steps: list[Step] = []
        newest = find("sql", "customer_segmentation").parameter("as_of")
        self.as_of: dt.datetime = values.read("as_of", newest.type, runner.default(newest))  # type: ignore[assignment]
        # An aggregate over no rows is the first moment there is.
        if not self.as_of.timestamp():
            raise QueryError("There are no events yet. Stream some first: python -m producers.simulate.")

    def default(self, language: Language, name: str, parameter: str) -> Any:
        """The value that a parameter of the catalogue takes when none is given."""
        return self._runner.default(find(language, name).parameter(parameter))

    def sql(self, title: str, name: str, **given: object) -> list[Row]:
        """The rows of a SQL report of the catalogue."""
        query = find("sql", name)
        return self._keep(title, f"sql {query.number} {name}", given, self._runner.sql(name, given))

    def cypher(self, title: str, name: str, **given: object) -> list[Row]:
        """The rows of a graph query of the catalogue."""
        query = find("cypher", name)
        return self._keep(title, f"cypher {query.number} {name}", given, self._runner.cypher(name, given))

    def own(self, title: str, name: str, **given: object) -> list[Row]:
        """The rows of a statement of queries/use_cases/sql, as of now."""
        return self._keep(title, f"use_cases/sql/{name}.sql", given, self._own(name, given))

    def own_of(self, title: str, name: str, ids: Sequence[int], **given: object) -> list[Row]:
        """The same for so many customers or products, in parts: the statement's parameter `ids`."""
        parts = [list(ids[at : at + IDS_AT_ONCE]) for at in range(0, len(ids), IDS_AT_ONCE)]
        results = [self._own(name, {**given, "ids": part}) for part in parts]
        if not results:
            return []
        rows = [row for result in results for row in result.rows]
        took = round(sum(result.elapsed_ms for result in results), 3)
        whole = Result(results[0].columns, rows, took)
        return self._keep(title, f"use_cases/sql/{name}.sql", {**given, "ids": f"{len(ids)} of them"}, whole)

    def look(self, name: str, **given: object) -> list[Row]:
        """The rows of a statement of queries/use_cases/sql that is no step of its own."""
        return self._own(name, given).records()

    def note(self, title: str, question: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Keeps what was asked in another way, or worked out of several answers, as a step."""
        self.steps.append(Step(title, question, {}, columns, rows, 0.0))

    def _own(self, name: str, given: Mapping[str, object]) -> Result:
        text = (resources.files("queries.use_cases") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
        return self._runner.sql_text(text, {"as_of": self.as_of, **given})

    def _keep(self, title: str, question: str, given: Mapping[str, object], result: Result) -> list[Row]:
        self.steps.append(Step(title, question, dict(given), result.columns, result.rows, result.elapsed_ms))
        return result.records()


def run(case: UseCase, given: Mapping[str, object], runner: Runner, serving: Serving) -> Report:
    """Runs a use case.

    Raises:
        UsageError: a parameter is not known or its value cannot be.
        QueryError: there are no events yet, or what is asked for is not there.
        UnreachableError: ClickHouse does not answer.
    """
    read = case.read(given)
    asking = Asking(runner, serving)
    conclusion = case.conclude(asking, read)
    return Report(case, asking.steps, conclusion)
