"""A stack that is bound to the process that started it: what ends that process ends the stack."""

import os
import signal
import subprocess
import sys

import pytest

from ops.launcher.probes import Probe
from ops.stack import environment, start
from ops.stack.members import members
from ops.stack.status import part_statuses
from schemas.settings import Settings
from tests.support.waiting import wait_for

HOLDER = """
import signal
from ops.launcher.kin import die_with_parent
from ops.stack import attached
from schemas.settings import settings
die_with_parent()
with attached(settings(), parts=("kafka",)) as attachment:
    print("up", attachment.supervisor is not None, flush=True)
    signal.pause()
"""


def holder(settings: Settings) -> "subprocess.Popen[str]":
    variables = {**os.environ, **environment(settings)}
    return subprocess.Popen([sys.executable, "-c", HOLDER], env=variables, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_it(settings: Settings, number: signal.Signals) -> None:
    with holder(settings) as process:
        assert process.stdout
        assert process.stdout.readline() == "up True\n"
        assert part_statuses(settings)["kafka"].state == "running"
        process.send_signal(number)
        process.wait(30)
    wait_for(lambda: not members(settings.home), "no process of the stack")


def test_a_stack_that_was_up_stays_up(settings: Settings) -> None:
    start(settings, parts=("kafka",))
    with holder(settings) as process:
        assert process.stdout
        assert process.stdout.readline() == "up False\n"
        process.kill()
    assert Probe("kafka", settings.bootstrap).answers()


def test_a_controller_s_port_is_no_broker(settings: Settings) -> None:
    """It answers what a broker answers to anybody, and no client can work with it."""
    start(settings, parts=("kafka",))
    assert Probe("kafka", settings.bootstrap).answers()
    assert not Probe("kafka", f"127.0.0.1:{settings.kafka_controller_port}").answers()
