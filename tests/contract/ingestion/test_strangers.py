"""Who has a wrong password, or trusts somebody else's certificates, comes in nowhere, and is told so in one line."""

import os
import subprocess
import sys

import pytest

from ops.stack import environment
from schemas.settings import Settings
from tests.support.certificates import make_certificates
from tests.support.waiting import GIVE_UP

SENDING = ("producers.simulate", "--rate", "10", "--duration", "1s")
MIGRATING = ("sinks", "--migrate-only")
ASKING = ("ops.cli", "sql", "1")
WRONG = "not the password"


@pytest.fixture(scope="module")
def unknown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An authority that has signed nothing here."""
    return str(make_certificates(tmp_path_factory.mktemp("unknown")).authority)


def refused(settings: Settings, *command: str) -> str:
    """The one line that a command ends with."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, **environment(settings)},
        capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    (line,) = (line for line in done.stderr.splitlines() if line)
    assert line.startswith("Error: ")
    assert WRONG not in line
    return line


@pytest.mark.parametrize(
    ("field", "command", "words"),
    [
        ("kafka_password", SENDING, "does not let this installation in ("),
        ("schema_registry_password", SENDING, "does not let c360 in"),
        ("clickhouse_writer_password", MIGRATING, "does not let c360_writer in: "),
        ("clickhouse_reader_password", ASKING, "refuses the password of c360_reader"),
    ],
)
def test_a_wrong_password(stack: Settings, field: str, command: tuple[str, ...], words: str) -> None:
    stranger = stack.model_copy(update={"topic_prefix": "stranger.", field: WRONG})
    assert words in refused(stranger, *command)


def test_an_authority_that_has_not_signed_kafka_s_certificate(stack: Settings, unknown: str) -> None:
    distrustful = stack.model_copy(update={"topic_prefix": "stranger.", "tls_ca": unknown})
    assert "certificate verify failed" in refused(distrustful, *SENDING)


def test_an_authority_that_has_not_signed_the_registry_s_certificate(stack: Settings, unknown: str) -> None:
    trusted = {"ssl.ca.location": stack.tls_ca}
    distrustful = stack.model_copy(update={"topic_prefix": "stranger.", "tls_ca": unknown, "kafka_options": trusted})
    assert "certificate verify failed" in refused(distrustful, *SENDING)


def test_an_authority_that_has_not_signed_clickhouse_s_certificate(stack: Settings, unknown: str) -> None:
    assert "certificate verify failed" in refused(stack.model_copy(update={"tls_ca": unknown}), *ASKING)
