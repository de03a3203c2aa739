"""Topics: what there is beside the contract, and the records of one, decoded."""

from fastapi import Request
from nicegui import ui

from queries.console import messages
from queries.console.fields import button, choice, words
from queries.console.regions import Region
from queries.console.services import Services
from queries.console.shell import framed, watch
from queries.console.work import Work
from schemas.alignment import states
from schemas.errors import C360Error, UsageError
from schemas.topics import TOPICS

SHOWN = 20
ANY = "any"


def add(services: Services) -> None:
    """Makes the pages."""

    @ui.page("/topics", title="Topics")
    async def overview(request: Request) -> None:
        with framed(request, "Topics"):
            region = Region()
        region.show("waiting", words="Asking Kafka ...")
        watch(services, lambda: None)
        await Work().open(lambda: _fill(services, region))

    @ui.page("/topics/{stream}", title="Topic")
    async def one(request: Request, stream: str) -> None:
        with framed(request, f"Topic {stream}"):
            viewer = _Viewer(services, stream)
        watch(services, lambda: None)
        await viewer.work.open(viewer.show)


async def _fill(services: Services, region: Region) -> None:
    try:
        found = await services.kafka.run(lambda: states(services.settings))
    except C360Error as error:
        region.fail(error)
        return
    streams = {topic.name(services.settings): topic for topic in TOPICS}
    region.show("topics", found=found, streams=streams)


class _Viewer:
    """The records of a topic."""

    def __init__(self, services: Services, stream: str) -> None:
        self._services, self._stream = services, stream
        self.work = Work()
        count = next((topic.count(services.settings) for topic in TOPICS if topic.stream == stream), 0)
        with ui.element("section").classes("card"):
            with ui.element("div").classes("row"):
                self._partition = choice("Partition", "partition", (ANY, *map(str, range(count))), self._look)
                self._before = words("Before offset", "before", "", "empty for the newest")
            self._button = button("Look", self._look, primary=True)
        self._region = Region("below", live=True)

    async def show(self) -> None:
        """Reads them anew."""
        self._button.props["disabled"] = True
        self._region.show("waiting", words="Asking Kafka ...")
        partition = None if self._partition.value == ANY else int(self._partition.value)
        try:
            before = _offset(self._before.value)
            found = await self._services.kafka.run(
                lambda: messages.newest(self._services.settings, self._stream, SHOWN, partition, before)
            )
            self._region.show("messages", found=found)
        except C360Error as error:
            self._region.fail(error)
        finally:
            self._button.props["disabled"] = False

    async def _look(self) -> None:
        await self.work.do(self.show)


def _offset(value: str) -> int | None:
    text = value.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise UsageError(f"{value!r} is no offset: a whole number from 0 on is expected.")
    return int(text)
