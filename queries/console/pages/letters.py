"""Dead letters: what readers could not use and why, one of them whole, and replays, which `c360 dead-letters` does."""

from collections.abc import Iterator

from fastapi import Request
from nicegui import ui

from queries.console.commands import c360
from queries.console.fields import Field, button, choice, words
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, watch
from schemas.errors import C360Error
from schemas.topics import CHURN_ALERTS, CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS

SHOWN = 50
ANY = "any"
STREAMS = tuple(topic.stream for topic in (TRANSACTIONS, INTERACTIONS, CUSTOMERS, PRODUCTS, CHURN_ALERTS))
READERS = ("sinks", "stream_processors")


def add(services: Services) -> None:
    """Makes the pages."""

    @ui.page("/dead-letters", title="Dead letters")
    async def overview(request: Request) -> None:
        with framed(request, "Dead letters"):
            page = _Letters()
        watch(services, lambda: None)
        await ui.context.client.connected()
        await page.look()

    @ui.page("/dead-letters/{topic}/{partition}/{offset}", title="Dead letter")
    async def one(request: Request, topic: str, partition: int, offset: int) -> None:
        with framed(request, f"Dead letter {topic}/{partition}/{offset}"):
            region = Region()
        region.show("waiting", words="Asking ...")
        watch(services, lambda: None)
        await ui.context.client.connected()
        try:
            done = await c360("dead-letters", "show", "--json", "--", f"{topic}/{partition}/{offset}")
            region.show("letter", letter=done.answer)
        except C360Error as error:
            region.fail(error)


class _Letters:
    """What is chosen, what there is of it, and its replay."""

    def __init__(self) -> None:
        with ui.element("section").classes("card"):
            with ui.element("div").classes("row"):
                self._topic = choice("Topic", "topic", (ANY, *STREAMS))
                self._reader = choice("Refused by", "reader", (ANY, *READERS))
                self._reason = words("Reason has", "reason", "")
            button("Look", self.look, primary=True)
        self._found = Region("below", live=True)
        with ui.element("section").classes("card below"):
            ui.html("Replay", sanitize=False, tag="h2")
            told = "After a mend: those that are chosen above are sent to their topics again, each once."
            ui.html(told, sanitize=False, tag="p").classes("hint")
            with ui.element("div").classes("row buttons"):
                self._buttons = [button("What would be sent?", self.try_out), button("Replay", self.ask)]
                self._sure = button("Yes, send them", self.replay, primary=True)
            self._said = Region(live=True)
        self._sure.props["hidden"] = True

    async def look(self) -> None:
        """Lists what is chosen."""
        self._found.show("waiting", words="Asking ...")
        try:
            done = await c360("dead-letters", "list", "--json", "--limit", str(SHOWN), *self._chosen())
            self._found.show("letters", **done.answer)
        except C360Error as error:
            self._found.fail(error)

    async def try_out(self) -> None:
        """Says what a replay would do."""
        await self._run("--dry-run")

    def ask(self) -> None:
        """Wants to be told a second time."""
        self._sure.props["hidden"] = False
        self._said.show("waiting", words="Send the letters that are chosen above to their topics again?")

    async def replay(self) -> None:
        """Sends them."""
        await self._run("--yes")
        await self.look()

    async def _run(self, how: str) -> None:
        self._sure.props["hidden"] = True
        for one in self._buttons:
            one.props["disabled"] = True
        self._said.show("waiting", words="Asking ...")
        try:
            done = await c360("dead-letters", "replay", how, *self._chosen())
            if done.out:
                self._said.show("explained", label="What became of them", told=done.out.strip())
            else:
                self._said.fail(done.said)
        except C360Error as error:
            self._said.fail(error)
        finally:
            for one in self._buttons:
                one.props["disabled"] = False

    def _chosen(self) -> list[str]:
        """The filter in the command's words."""
        return list(_options(("--topic", self._topic), ("--reader", self._reader), ("--reason", self._reason)))


def _options(*fields: tuple[str, Field]) -> Iterator[str]:
    for option, field in fields:
        if field.value not in {"", ANY}:
            # In one word: a value that begins with a dash is no option.
            yield f"{option}={field.value}"
