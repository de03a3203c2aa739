"""SQL and Cypher: an editor with the catalogue at hand; the answer as a table, a chart or a graph."""

import asyncio
import functools
from collections.abc import Callable
from typing import Any, Literal

from fastapi import Request
from nicegui import events, ui

from queries.catalogue import ADHOC, Language, catalogue, find
from queries.console import results
from queries.console.doors import theme
from queries.console.fields import Field, button, choice, words
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, watch
from queries.console.written import Written
from queries.runner import Result
from schemas.errors import C360Error, UsageError

FIRST: dict[Language, str] = {"sql": "customer_segmentation", "cypher": "similar_customers"}
LANGUAGES: dict[str, Language] = {"SQL": "sql", "Cypher": "cypher"}
THEMES: dict[str, Literal["vscodeDark", "vscodeLight"]] = {"dark": "vscodeDark", "light": "vscodeLight"}
#: How the editor calls them.
HIGHLIGHTED: dict[Language, Literal["SQL", "Cypher"]] = {"sql": "SQL", "cypher": "Cypher"}
VIEWS: dict[str, Callable[[Result], str]] = {
    "Table": results.as_table,
    "Chart": results.as_chart,
    "Graph": results.as_graph,
}
OWN = "a text of your own"
LONGEST = 100_000


def add(services: Services) -> None:
    """Makes the page."""

    @ui.page("/query", title="Query")
    def query(request: Request, language: str = "sql", name: str = "") -> None:
        with framed(request, "Query"):
            chosen: Language = "cypher" if language == "cypher" else "sql"
            page = _Query(services, chosen, name or FIRST[chosen], theme(request) or "light")
        watch(services, lambda: None)
        ui.context.client.on_delete(page.cancel)


class _Query:
    """The editor, its parameters and the latest answer."""

    def __init__(self, services: Services, language: Language, name: str, shade: str) -> None:
        self._services = services
        self._task: asyncio.Task[None] | None = None
        self._result: Result | None = None
        self._view = "Table"
        self._fields: dict[str, Field] = {}
        with ui.element("section").classes("card"):
            with ui.element("div").classes("row"):
                spoken = next(word for word, one in LANGUAGES.items() if one == language)
                self._language = choice("Language", "language", tuple(LANGUAGES), self._other_language, spoken)
                self._catalogue = ui.element("div").classes("field")
            self._editor = ui.codemirror(
                "", language="SQL", theme=THEMES[shade], line_wrapping=True, on_change=self._edited,
                keymap={"Mod-Enter": self.start},
            ).classes("editor")  # fmt: skip
            ui.html("Ctrl-Enter runs it; Escape, then Tab leaves the editor.", sanitize=False, tag="p").classes("hint")
            self._parameters = ui.element("div").classes("row")
            with ui.element("div").classes("row buttons"):
                self._run = button("Run", self.start, primary=True)
                self._explain = button("Explain", self.explain)
                self._cancel = button("Cancel", self.cancel)
            self._cancel.props["disabled"] = True
        with ui.element("section").classes("card below"):
            with ui.element("div").props('role="group" aria-label="Show the answer as"').classes("row buttons"):
                self._views = {view: button(view, functools.partial(self._show, view)) for view in VIEWS}
            self._said = Region(live=True)
            self._region = Region()
        self._offer(language, name)

    def start(self) -> None:
        """Runs what stands in the editor, unless something runs already."""
        self._begin(self._ask)

    def explain(self) -> None:
        """Shows how it would be answered."""
        self._begin(self._look_into)

    def cancel(self) -> None:
        """Ends what runs, in the database too."""
        if self._task is not None:
            self._task.cancel()

    def _begin(self, work: Callable[[Written, dict[str, str]], Any]) -> None:
        if self._task is None:
            given = {name: field.value for name, field in self._fields.items() if field.value != ""}
            self._task = asyncio.create_task(self._worked(work(self._written(), given)))

    async def _worked(self, work: Any) -> None:
        self._running(True)
        self._said.show("waiting", words="Asking …")
        try:
            await work
        except C360Error as error:
            self._said.put("")
            self._region.fail(error)
        except asyncio.CancelledError:
            self._said.show("waiting", words="Cancelled.")
            self._region.put("")
        finally:
            self._task = None
            self._running(False)

    async def _ask(self, written: Written, given: dict[str, str]) -> None:
        if not written.text.strip():
            raise UsageError("There is no query: write one, or choose one of the catalogue.")
        self._result = None
        self._result = await self._services.runners.run(lambda runner: written.run(runner, given))
        self._said.show("waiting", words=results.summary(self._result))
        self._show(self._view)

    async def _look_into(self, written: Written, given: dict[str, str]) -> None:
        told = await self._services.runners.run(lambda runner: written.explain(runner, given))
        self._said.put("")
        self._region.show("explained", label="How it is answered", told=told)

    def _show(self, view: str) -> None:
        self._view = view
        for name, one in self._views.items():
            one.props["aria-pressed"] = "true" if name == view else "false"
        if self._result is not None:
            self._region.put(VIEWS[view](self._result))

    def _written(self) -> Written:
        return Written(LANGUAGES[self._language.value], str(self._editor.value)[:LONGEST])

    def _running(self, runs: bool) -> None:
        self._run.props["disabled"] = self._explain.props["disabled"] = runs
        self._cancel.props["disabled"] = not runs

    def _offer(self, language: Language, name: str) -> None:
        """The catalogue of a language, and one of it in the editor."""
        names = [query.name for query in catalogue(language)]
        chosen = name if name in names else names[0]
        self._catalogue.clear()
        with self._catalogue:
            self._chosen = choice("Catalogue", "catalogue", (*names, OWN), self._other_query, chosen)
        self._editor.set_language(HIGHLIGHTED[language])
        self._write(language, chosen)

    async def _other_language(self) -> None:
        language = LANGUAGES[self._language.value]
        self._offer(language, FIRST[language])

    async def _other_query(self) -> None:
        if self._chosen.value != OWN:
            self._write(LANGUAGES[self._language.value], self._chosen.value)

    def _write(self, language: Language, name: str) -> None:
        self._editor.set_value(find(language, name).text)
        self._said.show("waiting", words=find(language, name).purpose)
        self._ask_for_parameters()

    def _edited(self, _: events.ValueChangeEventArguments[str]) -> None:
        self._ask_for_parameters()

    def _ask_for_parameters(self) -> None:
        """Fields for the parameters of the text, those that stay with what stands in them."""
        written = self._written()
        declared = written.declared()
        wanted = list(declared) or written.parameters
        if list(self._fields) == wanted and written.name == ADHOC:
            return
        before = {name: field.value for name, field in self._fields.items()}
        self._parameters.clear()
        self._fields = {}
        with self._parameters:
            for name in wanted:
                one = declared.get(name)
                hint = f"{one.type}: {one.meaning}" + ("; found in the data" if one.source else "") if one else ""
                value = one.default if one is not None else before.get(name, "")
                self._fields[name] = words(name, f"parameter-{name}", value, hint)
