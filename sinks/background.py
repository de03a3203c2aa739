"""What goes on until the process is told to end: one look after another, in a thread that does not end unseen."""

import logging
import signal
import threading
from abc import ABC, abstractmethod
from typing import ClassVar

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from confluent_kafka import KafkaException

from schemas.clients import writer_client
from schemas.errors import C360Error, first_line
from schemas.settings import Settings


def told_to_end() -> threading.Event:
    """Set once the process is told to end, by SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


class Background(ABC):
    """Looks every few seconds until it is told to stop."""

    name: ClassVar[str]
    every_seconds: ClassVar[float] = 2.0

    def __init__(self) -> None:
        self._failure: Exception | None = None

    @abstractmethod
    def look(self) -> None:
        """One look; where a server does not answer it is said, and looked at again the next time."""

    def start(self, stop: threading.Event) -> None:
        """Looks in a thread of its own; what it does not know to go on after sets `stop`, and is raised by `end`."""
        threading.Thread(target=self._run_or_stop, args=(stop,), name=self.name, daemon=True).start()

    def end(self) -> None:
        """Raises what ended the thread: alone, the rest of the process would hide that nobody looks any more."""
        if self._failure is not None:
            raise self._failure

    def run(self, stop: threading.Event) -> None:
        """Looks until told to stop."""
        while not stop.is_set():
            self.look()
            stop.wait(self.every_seconds)

    def _run_or_stop(self, stop: threading.Event) -> None:
        try:
            self.run(stop)
        except Exception as error:  # noqa: BLE001 - whatever it is, `end` raises it in the process's own thread
            self._failure = error
            stop.set()


class Asking(Background):
    """Asks ClickHouse at each look, by a connection that lasts until something does not answer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._client: Client | None = None

    @abstractmethod
    def ask(self, client: Client) -> None:
        """One look, which raises what does not answer."""

    def look(self) -> None:
        """One look; what does not answer is said, and asked again the next time."""
        try:
            self._client = self._client or writer_client(self._settings)
            self.ask(self._client)
        except (C360Error, ClickHouseError, KafkaException, OSError) as error:
            if self._client is not None:
                self._client.close()
            self._client = None
            logging.getLogger(type(self).__module__).warning("%s", first_line(error))
