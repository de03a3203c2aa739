"""Everything that is counted in the end, one after the other; each says that it goes on, and how long it took."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from schemas.topics import TRANSACTIONS, Topic
from tests.chaos import alerts, checks, doors, tables
from tests.chaos.acknowledged import Simulated, acknowledged
from tests.chaos.asking import Asking
from tests.chaos.ground import Ground
from tests.chaos.kept import kept
from tests.chaos.purchases import Purchases
from tests.chaos.sender import Sender

#: So often it is said that something is still being counted.
WORD_SECONDS = 30.0

#: What is wrong if it is not 0.
WRONG: Sequence[str] = (
    "lost", "duplicates", "edges_apart", "buyers_apart", "bounds_apart", "customers_apart", "products_apart",
    "stored_alerts_apart", "stored_features_apart", "feature_mismatches", "rollup_mismatches", "alerts_missing",
    "dead_letters_wrong", "wrong_answers", "api_wrong", "console_wrong", "stuck",
)  # fmt: skip


def account(
    stack: Ground,
    simulated: Sequence[Simulated],
    sender: Sender,
    asked: tuple[Asking, Purchases],
    laid: Mapping[Topic, int],
    before: alerts.Ends,
    folder: Path,
    say: Callable[[str], None],
) -> dict[str, int]:
    """Numbers by the names in WRONG, and some more. `simulated`: all that the simulator has sent; `laid`: so many
    customers and products; `before`: where the alerts ended when the stream began.

    Afterwards the stack's own stream processors are stopped. `folder` is made, for the undisturbed worker.
    """
    settings, (questions, purchases) = stack.settings, asked
    ids, spoilt = acknowledged(simulated), {one.place for one in sender.poison}
    own = (sender.acknowledged, purchases.acknowledged)
    ids[TRANSACTIONS.stream] = np.concatenate([ids[TRANSACTIONS.stream], *own])
    counts: Mapping[str, Callable[[], Mapping[str, int]]] = {
        "what groups have not read": lambda: _stuck(stack, say),
        "ids in Kafka and in the tables": lambda: checks.audited(settings, ids),
        "edges, sets and bounds against the rows": lambda: tables.apart(settings, say),
        "customers, products, alerts and features in Kafka": lambda: kept(
            settings, {one.place for one in sender.poison}, laid
        ),
        "every customer's features": lambda: checks.features(stack.environment),
        "the reports": lambda: checks.rollups(settings, say),
        "the dead letters": lambda: checks.dead_letters(settings, sender.poison),
        "the readers' last questions": questions.figures,
        "what the API says of their customer": lambda: doors.api(settings, purchases.customer, say),
        "the console's door": lambda: doors.console(settings, say),
        "the alerts, which a worker raises anew": lambda: alerts.found(stack, before, spoilt, folder, say),
    }
    found: dict[str, int] = {}
    for what, count in counts.items():
        with _going_on(what, say):
            counted = count()
        # Should a later one end with an error, this is known.
        say(f"  {', '.join(f'{name} {number:,}' for name, number in counted.items())}")
        found |= counted
    return found


def _stuck(stack: Ground, say: Callable[[str], None]) -> dict[str, int]:
    left = checks.stuck(stack.settings)
    for group, topic, partition in left:
        say(f"{group} is stuck in {topic}/{partition}")
    return {"stuck": len(left)}


@contextlib.contextmanager
def _going_on(what: str, say: Callable[[str], None]) -> Iterator[None]:
    began, over = time.monotonic(), threading.Event()

    def tell() -> None:
        while not over.wait(WORD_SECONDS):
            say(f"  still counting {what}, for {time.monotonic() - began:.0f} s")

    telling = threading.Thread(target=tell)
    telling.start()
    try:
        yield
    finally:
        over.set()
        telling.join()
    say(f"counted {what} in {time.monotonic() - began:.1f} s")
