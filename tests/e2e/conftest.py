"""One whole stack for the end-to-end tests.

With C360_TEST_REMOTE=1 it is two: Kafka, the registry and ClickHouse "elsewhere", with TLS and passwords, found by
settings alone, and here what works on them; ClickHouse then gets its events from the client.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.settings import Settings
from tests.support.certificates import make_certificates
from tests.support.stack import own_settings, running


@dataclass(frozen=True)
class Stack:
    """A running stack and what its commands need in their environment."""

    settings: Settings
    environment: dict[str, str]
    remote: Settings | None = None  # of the stack elsewhere, if there is one

    def keeper(self, part: str) -> Settings:
        """Whose supervisor keeps a part."""
        return self.remote if self.remote is not None and part in REMOTE else self.settings


REMOTE = ("kafka", "registry", "clickhouse")


IS_REMOTE = os.environ.get("C360_TEST_REMOTE") == "1"
#: For who looks after a stack's own Kafka, registry and ClickHouse.
only_where_all_is_here = pytest.mark.skipif(IS_REMOTE, reason="what is elsewhere is looked after there")


@contextlib.contextmanager
def whole_stack(folder: Path, *, remote: bool = IS_REMOTE) -> Iterator[Stack]:
    """A stack with its state in that folder."""
    with installation(folder, remote=remote) as (here, elsewhere), running(here) as environment:
        yield Stack(here, environment, elsewhere)


@contextlib.contextmanager
def installation(folder: Path, *, remote: bool = IS_REMOTE) -> Iterator[tuple[Settings, Settings | None]]:
    """Settings of one that is still to be started, with its state in that folder; and of what runs for it elsewhere."""
    if not remote:
        yield own_settings(folder / "home", snapshot_seconds=2.0), None
        return
    made = make_certificates(folder)
    elsewhere = own_settings(
        folder / "remote", tls_certificate=str(made.certificate), tls_key=str(made.key), tls_ca=str(made.authority)
    )
    with running(elsewhere, parts=REMOTE):
        yield _pointed_at(elsewhere, folder / "home"), elsewhere


def _pointed_at(elsewhere: Settings, home: Path) -> Settings:
    """Settings of an installation that finds Kafka, registry and ClickHouse in another's."""
    login = elsewhere.registry_login
    assert login is not None
    return own_settings(
        home,
        snapshot_seconds=2.0,
        tls_ca=elsewhere.tls_ca,
        kafka_bootstrap=elsewhere.bootstrap,
        kafka_options=elsewhere.kafka_security,
        schema_registry_url=elsewhere.registry_url,
        schema_registry_user=login[0],
        schema_registry_password=login[1],
        clickhouse_url=elsewhere.clickhouse,
        clickhouse_writer_password=elsewhere.writer_password,
        clickhouse_reader_password=elsewhere.reader_password,
        clickhouse_ingest="client",
    )


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with whole_stack(tmp_path_factory.mktemp("e2e")) as stack:
        yield stack
