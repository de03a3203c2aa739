"""A rotated password: the new one opens, the old one does not, and what bears it goes on."""

import os
import subprocess
import sys

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from ops.stack import environment, start
from ops.stack.home import prepare
from ops.stack.rotation import rotate
from ops.stack.status import part_statuses
from schemas.clients import reader_client, writer_client
from schemas.errors import UsageError
from schemas.settings import Settings
from tests.support.waiting import GIVE_UP

PARTS = ("kafka", "registry", "clickhouse", "sinks")


def opens(settings: Settings, user: str, password: str) -> bool:
    try:
        clickhouse_connect.get_client(
            dsn=settings.clickhouse, username=user, password=password, database="customer360"
        ).close()
    except ClickHouseError:
        return False
    return True


def test_the_old_one_is_refused_at_once(settings: Settings) -> None:
    start(settings, parts=PARTS)
    before = part_statuses(settings)
    for user, client in (("clickhouse_writer", writer_client), ("clickhouse_reader", reader_client)):
        old = settings.secret_path(user).read_text(encoding="ascii").strip()
        command = [sys.executable, "-m", "ops.cli", "rotate", user]
        variables = {**os.environ, **environment(settings)}
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=GIVE_UP, check=True)
        new = settings.secret_path(user).read_text(encoding="ascii").strip()
        assert new != old
        assert new not in done.stdout + done.stderr
        assert settings.secret_path(user).stat().st_mode & 0o777 == 0o600
        assert not opens(settings, f"c360_{user.removeprefix('clickhouse_')}", old)
        client(settings).close()
    after = part_statuses(settings)
    assert all(part.state == "running" for name, part in after.items() if name in PARTS)
    # Who bears none is left alone.
    assert after["kafka"].pid == before["kafka"].pid
    assert after["clickhouse"].pid != before["clickhouse"].pid


def test_of_a_stack_that_is_down(settings: Settings) -> None:
    with pytest.raises(UsageError, match="made at the first 'c360 up'"):
        rotate(settings, "bolt")
    prepare(settings)
    old = settings.secret_path("bolt").read_text(encoding="ascii")
    assert rotate(settings, "bolt") is False
    assert settings.secret_path("bolt").read_text(encoding="ascii") != old


def test_a_password_that_is_not_ours_to_change(settings: Settings) -> None:
    with pytest.raises(UsageError, match="C360_BOLT_PASSWORD is set"):
        rotate(settings.model_copy(update={"bolt_password": "x"}), "bolt")
    with pytest.raises(UsageError, match="is a server of its own"):
        rotate(settings.model_copy(update={"clickhouse_url": "https://cloud:8443"}), "clickhouse_reader")
