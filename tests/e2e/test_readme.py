"""The README's commands do what it says, on a running stack; other people's tools work as their documentation says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import clickhouse_connect
import pytest

from schemas.topics import CHURN_ALERTS
from tests.e2e.conftest import Stack, only_where_all_is_here
from tests.support.simulator import simulate
from tests.support.waiting import GIVE_UP, wait_for

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent

#: These start, follow or stop something; other tests have them.
ELSEWHERE = (
    "c360 up",
    "c360 down",
    "c360 backup",
    "c360 rotate",
    "reset-offsets",
    "alerts -f",
    "producers.backfill",
    "producers.simulate",
    "python -m sinks",
    "python -m stream_processors",
    "faust",
)


#: These ask a part itself, where it runs.
HERE = ("c360 logs clickhouse",)


def commands() -> list[str]:
    """The README's commands that ask something and end."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^    \.venv/bin/([^#\n]+)", text, re.MULTILINE)
    return [line.strip() for line in found if not any(part in line for part in ELSEWHERE)]


def test_there_are_such_commands() -> None:
    assert len(commands()) >= 5


@pytest.fixture(scope="module")
def shop(stack: Stack) -> Stack:
    """The stack with a small history in it."""
    world = ("--customers", "500", "--products", "100", "--seed", "5")
    past = ("--start", "2025-10-01T00:00:00Z", "--duration", "395d", "--events", "20k", "--rate", "max")
    assert simulate(stack.environment, *world, *past)["failed"] == 0
    return stack


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, marks=only_where_all_is_here if command in HERE else ()) for command in commands()],
)
def test_a_command_of_the_readme(shop: Stack, tmp_path: Path, command: str) -> None:
    program, *words = command.split()
    orders = "order_id,customer_id,sku,total,created_at\n1,C-1,P-1,19.90,2024-01-01 10:00:00\n"
    (tmp_path / "orders.csv").write_text(orders, encoding="utf-8")

    def done() -> str:
        result = subprocess.run(
            [str(BIN / program), *words],
            env=shop.environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=GIVE_UP,
            check=False,
        )
        return result.stdout if result.returncode == 0 else ""

    # What was just sent is being taken in: customer 42 may come a second later than this test.
    assert wait_for(done, f"'{command}' prints something and ends well", seconds=60, every=1.0)


def test_a_plain_clickhouse_client(shop: Stack) -> None:
    client = clickhouse_connect.get_client(
        dsn=shop.settings.clickhouse,
        interface=shop.settings.clickhouse.partition(":")[0],  # taken from the address on ports 443 and 8443 alone
        ca_cert=shop.settings.tls_ca or None,
        username=shop.settings.clickhouse_reader_user,
        password=shop.settings.reader_password,
        database="customer360",
    )
    wait_for(
        lambda: client.query("SELECT count() FROM customers").result_rows[0][0] >= 499,
        "500 customers, but for one whom a command erases",
    )
    client.close()


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed")
def test_kcat_reads_alerts(shop: Stack) -> None:
    options = [f"-X{name}={value}" for name, value in shop.settings.kafka_security.items()]
    topic = CHURN_ALERTS.name(shop.settings)
    command = ["kcat", "-b", shop.settings.bootstrap, *options, "-C", "-t", topic, "-f", "%k %T %S\n"]

    def lines() -> list[str]:
        done = subprocess.run([*command, "-e", "-q"], capture_output=True, text=True, timeout=GIVE_UP, check=True)
        return done.stdout.splitlines()

    for line in wait_for(lines, "alerts"):
        assert re.fullmatch(r"\d+ \d{13} \d+", line)
