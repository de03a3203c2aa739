"""Readers who ask a SQL and a Cypher question over and over: an answer is right, or there is none and it says why.

They ask about one customer of their own, whose purchases are sent beside the stream, so that it is known how many there
are: what was answered once is never taken back, nothing is answered that was not sent, and after each fault there are
answers again, which move on.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from queries.database import EXACT, UNREADABLE, HttpDatabase
from queries.graph.bolt import messages as bolt
from schemas.errors import C360Error, QueryError
from schemas.settings import Settings
from tests.chaos.files import text
from tests.chaos.purchases import Purchases
from tests.chaos.sender import now
from tests.support.bolt import Client

#: Between two purchases, and between an answer and the next question.
SENT_SECONDS, ASKED_SECONDS = 0.2, 0.5
#: Who has not answered by then, with a word or by hanging up, never will.
ANSWER_SECONDS = 120.0
#: Purchases in a history, sent before it.
LAID = 200


@dataclass
class Answers:
    """What one question was answered: how often, the most so far, and how often there was none."""

    name: str
    right: int = 0
    refused: int = 0
    most: int = 0

    def wrong(self, found: int, sent: int) -> str:
        """What is wrong with the newest answer, before which so many were sent; nothing if it is right."""
        least, self.most = self.most, max(self.most, found)
        if least <= found <= sent:
            self.right += 1
            return ""
        return f"{self.name} answers {found}: it has answered {least}, and {sent} were sent"


class Asking:
    """Both questions, each asked by a thread, while a third one sends."""

    def __init__(self, settings: Settings, purchases: Purchases, say: Callable[[str], None], live: bool) -> None:
        """`live`: purchases are sent meanwhile."""
        self._purchases, self._say, self._live = purchases, say, live
        self._over = threading.Event()
        self._sql, self._cypher = Sql(settings, purchases.customer), Cypher(settings, purchases.customer)
        self._answers = (Answers("SQL"), Answers("Cypher"))
        self._wrong = 0
        self._seen = {one.name: one.most for one in self._answers}

    def __enter__(self) -> "Asking":
        works: list[Callable[[], None]] = [lambda: self._asked(self._answers[0], self._sql.ask)]
        works.append(lambda: self._asked(self._answers[1], self._cypher.ask))
        self._threads = [threading.Thread(target=work) for work in (*works, *[self._sent] * self._live)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._over.set()
        self._cypher.hang_up()
        for thread in self._threads:
            thread.join()
        # Who interrupts it does not wait for a Kafka that may be dead.
        if kind is None:
            self._purchases.flush()

    def again(self) -> None:
        """Waits until each has a right answer to a question asked from now on; one that has none is wrong."""
        # The next answer may be to a question from before, the one after it is not.
        least = {answers.name: answers.right + 2 for answers in self._answers}
        self._awaited(lambda one: one.right >= least[one.name], "has no right answer")
        self._seen = {one.name: one.most for one in self._answers}

    def moves_on(self) -> None:
        """Waits until each answers more than when that was waited for the last time; an old number is wrong."""
        if self._live:
            self._awaited(lambda one: one.most > self._seen[one.name], "still answers what it did")

    def _awaited(self, well: Callable[[Answers], bool], otherwise: str) -> None:
        until = time.monotonic() + ANSWER_SECONDS
        while (late := [one for one in self._answers if not well(one)]) and time.monotonic() < until:
            time.sleep(ASKED_SECONDS / 4)  # between two looks
        for one in late:
            self._tell(f"{one.name} {otherwise} for {ANSWER_SECONDS:.0f} s after the stack had recovered")

    def figures(self) -> dict[str, int]:
        """Answers that were wrong, right, and not given. All that was acknowledged is stored by now, and asked for."""
        for answers, ask in zip(self._answers, (self._sql.ask, self._cypher.ask), strict=True):
            found, acknowledged = ask(), len(self._purchases.acknowledged)
            if not acknowledged <= found <= self._purchases.sent:
                self._tell(f"{answers.name} answers {found} in the end: {acknowledged} were acknowledged")
        self._cypher.hang_up()
        return {
            "wrong_answers": self._wrong,
            "answers": sum(one.right for one in self._answers),
            "refused_answers": sum(one.refused for one in self._answers),
        }

    def _sent(self) -> None:
        while not self._over.wait(SENT_SECONDS):
            self._purchases.send(now())

    def _asked(self, answers: Answers, ask: Callable[[], int]) -> None:
        while not self._over.wait(ASKED_SECONDS):
            began = time.monotonic()
            try:
                found = ask()
            except (C360Error, RefusedError):
                answers.refused += 1
                if (seconds := time.monotonic() - began) > ANSWER_SECONDS:
                    self._tell(f"{answers.name} was silent for {seconds:.0f} s")
            except Exception as error:  # noqa: BLE001 - whatever else comes is what is looked for: it is counted and told
                if not self._over.is_set():
                    self._tell(f"{answers.name} gives {type(error).__name__}: {error}")
            else:
                if wrong := answers.wrong(found, self._purchases.sent):
                    self._tell(wrong)

    def _tell(self, wrong: str) -> None:
        self._wrong += 1
        self._say(f"WRONG: {wrong}")


class RefusedError(Exception):
    """There is no answer, and one is told so: by a failure in Bolt's words, or by a connection that ends."""


class Sql:
    """Asks ClickHouse."""

    def __init__(self, settings: Settings, customer: int) -> None:
        self._database = HttpDatabase(settings)
        self._given = {"customer": str(customer)}

    def ask(self) -> int:
        """Purchases of the customer.

        Raises:
            ValueError: what came is no answer.
        """
        try:
            (row,) = self._database.query(text("purchases.sql"), self._given, EXACT).rows
        except QueryError as error:
            if UNREADABLE in str(error):
                raise ValueError(str(error)) from None
            raise
        return int(row[0])


class Cypher:
    """Asks the Bolt server, by a connection that lasts as long as it can."""

    def __init__(self, settings: Settings, customer: int) -> None:
        self._settings, self._customer = settings, customer
        self._client: Client | None = None

    def ask(self) -> int:
        """Purchases of the customer.

        Raises:
            RefusedError: the server says why not, or hangs up.
        """
        try:
            return self._asked()
        except TimeoutError:
            raise
        except (OSError, EOFError) as error:
            self.hang_up()
            raise RefusedError(str(error)) from None

    def hang_up(self) -> None:
        """The next question is asked by a new connection."""
        # Whoever asks and whoever ends it may both do so, at the same time.
        client, self._client = self._client, None
        if client:
            with contextlib.suppress(OSError):  # the other end was faster
                client.socket.shutdown(socket.SHUT_RDWR)
            client.socket.close()

    def _asked(self) -> int:
        client = self._client = self._client or self._connected()
        client.send(bolt.RUN, text("purchases.cypher"), {"customer": self._customer}, {})
        client.send(bolt.PULL, {"n": -1})
        begun, told = client.receive()
        rows, ended, why = client.answer() if begun == "SUCCESS" else self._ignored(client, told)
        if ended == "SUCCESS":
            ((found,),) = rows
            return int(found)
        if ended != "FAILURE" or not why["code"].startswith("Neo.") or not why["message"]:
            raise ValueError(f"{ended} {why!r}")
        client.send(bolt.RESET)
        client.expect("SUCCESS")
        raise RefusedError(why["message"])

    def _ignored(self, client: Client, why: Any) -> tuple[Sequence[Any], str, Any]:
        """After a question that failed, its answer is not to be had."""
        client.expect("IGNORED")
        return (), "FAILURE", why

    def _connected(self) -> Client:
        settings = self._settings
        client = Client(socket.create_connection(("127.0.0.1", settings.bolt_port), ANSWER_SECONDS))
        try:
            client.log_on(settings.bolt_user, settings.bolt_secret)
        except BaseException:
            client.socket.close()
            raise
        return client


@contextlib.contextmanager
def asking(
    settings: Settings, customer: int, past: datetime | None, say: Callable[[str], None]
) -> Iterator[tuple[Asking, Purchases]]:
    """Both questions asked for the block; the purchases are sent meanwhile, or all before, at a moment of the past."""
    purchases = Purchases(settings, customer)
    if past:
        for _ in range(LAID):
            purchases.send(past)
        purchases.flush()
    with Asking(settings, purchases, say, live=past is None) as questions:
        yield questions, purchases
