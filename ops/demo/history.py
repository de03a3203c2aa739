"""The thirteen months laid down before anything live, so that churn, cohorts and alerts have something to say."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from ops.demo.account import text
from producers.backfill.history import CUSTOMERS, DAYS, MIX
from schemas.errors import C360Error
from schemas.private import private
from schemas.settings import Settings

#: Of each customer in the whole of it, by the world's own measure.
EVENTS = sum(MIX.values()) / CUSTOMERS


@dataclass(frozen=True)
class Ledger:
    """What has been acknowledged into this state folder: by source number, then by stream.

    A run that was cut off is not in it. Its events are in Kafka all the same, under a source number of their own.
    """

    history_start: str
    history_done: bool
    acknowledged: dict[str, dict[str, int]]

    def plus(self, summary: Mapping[str, Any]) -> "Ledger":
        """The same with one more run's account; a run that is sent again takes the place of the first."""
        return Ledger(self.history_start, True, {**self.acknowledged, str(summary["source"]): dict(summary["streams"])})


def refuse_if_too_late(client: Client, here: Settings, ledger: Ledger) -> None:
    """A history behind other events is stored and counted, but alerts are decided already: none would be raised.

    One that was cut off is gone on with.

    Raises:
        C360Error: there are events of others, later than the history's beginning.
    """
    if path(here).exists():
        return
    moment = {"moment": ledger.history_start}
    events = int(client.query(text("sql", "after"), parameters=moment).result_rows[0][0])
    if events:
        raise C360Error(
            f"{here.home} holds {events:,} events already. A history behind them would raise no alerts, which are "
            "decided in the order of time. Set C360_HOME to a new folder; or run 'c360 down' and remove this one, if "
            "its data may go."
        )


def path(settings: Settings) -> Path:
    """The file that remembers it."""
    return settings.home / "demo.json"


def read(settings: Settings, now: datetime) -> Ledger:
    """The ledger of this state folder, or one that begins thirteen months ago.

    Raises:
        C360Error: the file is there but is not a ledger.
    """
    try:
        return Ledger(**json.loads(path(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        start = (now.astimezone(UTC) - timedelta(days=DAYS)).replace(microsecond=0)
        return Ledger(start.isoformat(), False, {})
    except (ValueError, TypeError):
        raise C360Error(
            f"{path(settings)} is not what 'make run' wrote. Remove it together with {settings.home}."
        ) from None


def write(settings: Settings, ledger: Ledger) -> None:
    """Keeps the ledger, whole or not at all."""
    private(settings.home)
    fresh = path(settings).with_suffix(".new")
    fresh.write_text(json.dumps(asdict(ledger)), encoding="utf-8")
    fresh.replace(path(settings))
