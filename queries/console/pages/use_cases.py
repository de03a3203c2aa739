"""The five use cases, and the reports beside them: parameters in, steps, charts and the list that is acted on out."""

import asyncio
from collections.abc import Mapping

from fastapi import Request
from markupsafe import escape
from nicegui import ui

from queries.console.drawings import bars
from queries.console.fields import Field, button, words
from queries.console.regions import Region
from queries.console.render import html, table
from queries.console.services import Services
from queries.console.shell import framed, watch
from queries.console.work import Work
from queries.use_cases.asking import run
from queries.use_cases.cases import REPORTS, USE_CASES
from queries.use_cases.report import Knob, Report, UseCase
from schemas.errors import C360Error

#: Rows of a step that are shown, and of the list.
STEP_ROWS, LIST_ROWS = 5, 200
CASES: Mapping[str, UseCase] = {**USE_CASES, **REPORTS}


def add(services: Services) -> None:
    """Makes the pages."""

    @ui.page("/use-cases", title="Use cases")
    def overview(request: Request) -> None:
        with framed(request, "Use cases"):
            Region().show("use_cases", cases=USE_CASES.values(), reports=REPORTS.values())
        watch(services, _nothing)

    @ui.page("/use-cases/{name}", title="Use case")
    async def one(request: Request, name: str) -> None:
        case = CASES.get(name)
        if case is None:
            with framed(request, "Use cases"):
                Region().fail(f"There is no use case '{name}'. There are: {', '.join(CASES)}.")
            return
        with framed(request, f"{case.name}. {case.title}" if case.name in USE_CASES else case.title):
            ui.html(str(escape(f"For {case.whose}.")), sanitize=False, tag="p").classes("lead")
            shown = _Case(services, case)
        watch(services, _nothing)
        await shown.work.open(shown.run)


class _Case:
    """A use case with its fields, and its latest answer."""

    def __init__(self, services: Services, case: UseCase) -> None:
        self._services, self._case = services, case
        self.work = Work()
        with ui.element("section").classes("card"):
            with ui.element("div").classes("row"):
                self._fields = {knob.name: _field(knob) for knob in case.knobs}
            self._button = button("Run", lambda: self.work.do(self.run), primary=True)
        self._region = Region(live=True)

    async def run(self) -> None:
        """Runs it with what stands in the fields."""
        self._button.props["disabled"] = True
        self._region.show("waiting", words="Asking …")
        given = {name: field.value for name, field in self._fields.items() if field.value != ""}
        serving = self._services.recommending.recommender
        try:
            report = await self._services.runners.run(lambda runner: run(self._case, given, runner, serving))
            self._region.put(await asyncio.to_thread(_drawn, report))
        except C360Error as error:
            self._region.fail(error)
        finally:
            self._button.props["disabled"] = False


def _field(knob: Knob) -> Field:
    value = ",".join(map(str, knob.default)) if isinstance(knob.default, list) else str(knob.default)
    return words(knob.name.replace("_", " "), knob.name, value, knob.meaning)


def _drawn(report: Report) -> str:
    conclusion = report.conclusion
    links = {name: "/customers/{}" for name in conclusion.columns if name == "customer_id"}
    return html(
        "use_case",
        sentence=conclusion.sentence,
        rows=len(conclusion.rows),
        most=LIST_ROWS,
        list=table("The list", conclusion.columns, conclusion.rows[:LIST_ROWS], links),
        charts=[bars(chart.title, chart.unit, chart.bars) for chart in conclusion.charts],
        steps=[
            (step, table(step.title, step.columns, step.rows[:STEP_ROWS]), max(0, len(step.rows) - STEP_ROWS))
            for step in report.steps
        ],
    )


def _nothing() -> None:
    """The page asks when it is told to, and not by itself."""
