"""Dead letters: what readers could not use and why, one of them whole, and replays, which `c360 dead-letters` does."""

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Iterator

from fastapi import Request
from nicegui import ui

from queries.console.commands import Commands, Done
from queries.console.fields import Field, button, choice, words
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, watch
from queries.console.work import Work
from schemas.errors import C360Error
from schemas.topics import CHURN_ALERTS, CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS

SHOWN = 50
ANY = "any"
STREAMS = tuple(topic.stream for topic in (TRANSACTIONS, INTERACTIONS, CUSTOMERS, PRODUCTS, CHURN_ALERTS))
READERS = ("sinks", "stream_processors")
#: Runs `c360`.
Run = Callable[..., Awaitable[Done]]
#: What a dry run counts.
WOULD_SEND = re.compile(r"^would_send=(\d+)", re.MULTILINE)


def add(services: Services) -> None:
    """Makes the pages."""
    commands = Commands()

    @ui.page("/dead-letters", title="Dead letters")
    async def overview(request: Request) -> None:
        with framed(request, "Dead letters"):
            page = _Letters(commands.run)
        watch(services, lambda: None)
        await page.listing.open(page.look)

    @ui.page("/dead-letters/{topic}/{partition}/{offset}", title="Dead letter")
    async def one(request: Request, topic: str, partition: int, offset: int) -> None:
        with framed(request, f"Dead letter {topic}/{partition}/{offset}"):
            region = Region()
        region.show("waiting", words="Asking ...")
        watch(services, lambda: None)
        await Work().open(lambda: _fill(commands.run, region, f"{topic}/{partition}/{offset}"))


async def _fill(run: Run, region: Region, letter: str) -> None:
    try:
        done = await run("dead-letters", "show", "--json", "--", letter)
        region.show("letter", letter=done.answer)
    except C360Error as error:
        region.fail(error)


class _Letters:
    """What is chosen, what there is of it, and its replay."""

    def __init__(self, run: Run) -> None:
        self._c360 = run
        self._client = ui.context.client
        self.listing, self._trying = Work(), Work()
        with ui.element("section").classes("card"):
            with ui.element("div").classes("row"):
                self._topic = choice("Topic", "topic", (ANY, *STREAMS), self._other)
                self._reader = choice("Refused by", "reader", (ANY, *READERS), self._other)
                self._reason = words("Reason has", "reason", "", changed=self._other)
            button("Look", lambda: self.listing.do(self.look), primary=True)
        self._found = Region("below", live=True)
        with ui.element("section").classes("card below"):
            ui.html("Replay", sanitize=False, tag="h2")
            told = (
                "After a mend: those that are chosen above are sent to their topics again, each once. "
                "First it says what would be sent, and waits for your yes."
            )
            ui.html(told, sanitize=False, tag="p").classes("hint")
            with ui.element("div").classes("row buttons"):
                self._buttons = [
                    button("What would be sent?", lambda: self._trying.do(self.try_out)),
                    button("Replay", lambda: self._trying.do(self.ask)),
                ]
                self._sure = button("Yes, send them", self.replay, primary=True)
            self._said, self._asked, self._wrong = Region(live=True), Region(live=True), Region(live=True)
        self._sure.props["hidden"] = True
        #: Which letters "Yes" is about: those that the dry run before it was about.
        self._tried: list[str] = []

    async def look(self) -> None:
        """Lists what is chosen."""
        self._found.show("waiting", words="Asking ...")
        try:
            done = await self._c360("dead-letters", "list", "--json", "--limit", str(SHOWN), *self._chosen())
            self._found.show("letters", **done.answer)
        except C360Error as error:
            self._found.fail(error)

    async def try_out(self) -> None:
        """Says what a replay would do."""
        await self._run("--dry-run", self._chosen())

    async def ask(self) -> None:
        """Says what it would do, and wants to be told a second time."""
        # What is refused from now on was not asked about.
        tried = [*self._chosen(), f"--until={dt.datetime.now(dt.UTC).isoformat()}"]
        done = await self._run("--dry-run", tried)
        count = WOULD_SEND.search(done.out) if done is not None and not done.problem else None
        if count is not None and int(count[1]) > 0 and tried[:-1] == self._chosen():
            self._tried = tried
            self._sure.props["hidden"] = False
            self._asked.show("waiting", words=f"Send {int(count[1]):,} to their topics again?")

    async def replay(self) -> None:
        """Sends those that were asked about; once it was told to, it goes on to its end without its page as well."""
        await self._run("--yes", self._tried)
        await self.listing.do(self.look)

    async def _other(self) -> None:
        """Something else is chosen than what was asked about."""
        self._sure.props["hidden"] = True
        self._asked.put("")

    async def _run(self, how: str, chosen: list[str]) -> Done | None:
        await self._other()
        for one in self._buttons:
            one.props["disabled"] = True
        self._said.show("waiting", words="Asking ...")
        self._wrong.put("")
        try:
            done = await self._c360("dead-letters", "replay", how, *chosen)
            if self._client.is_deleted:
                return None
            if done.out:
                self._said.show("explained", label="What became of them", told=done.out.strip())
            else:
                self._said.put("")
            if done.problem:
                self._wrong.fail(done.problem)
        except C360Error as error:
            self._said.put("")
            self._wrong.fail(error)
            return None
        finally:
            for one in self._buttons:
                one.props["disabled"] = False
        return done

    def _chosen(self) -> list[str]:
        """The filter in the command's words."""
        return list(_options(("--topic", self._topic), ("--reader", self._reader), ("--reason", self._reason)))


def _options(*fields: tuple[str, Field]) -> Iterator[str]:
    for option, field in fields:
        if field.value not in {"", ANY}:
            # In one word: a value that begins with a dash is no option.
            yield f"{option}={field.value}"
