"""A pytest plugin under which Faust's own tests meet our consumer, its thread, its transport and its app.

It is loaded by name in a process of its own, beside Faust's tests, which are called `tests` too.
"""

import asyncio
import inspect
import os
import sys
from collections.abc import Generator
from typing import Any
from unittest.mock import Mock

import faust
import pytest
from _pytest.assertion import util
from faust.transport import consumer
from faust.transport.drivers import aiokafka as driver
from faust.utils import _opentracing

from stream_processors import batching

ABSTRACT = consumer.Consumer
#: 'batch': the topics of Faust's tests are handed out by batch; 'single': they are changelogs and the like.
MODE = os.environ["C360_TEST_FAUST_MODE"]


class App(batching.BatchApp):
    """Ours, for whatever topics."""

    batch_topics = frozenset({"foo", "bar", "topic", "topix"} if MODE == "batch" else ())
    batch_seconds = 0.0


class AnyConsumer(batching.BatchConsumer):
    """Ours in place of Faust's abstract one: the methods that its tests put in stand before those of the thread."""

    def _new_consumer_thread(self) -> Any:
        return Mock(**{"reached.return_value": {}})

    def on_init_dependencies(self) -> Any:
        """Faust's, without the thread."""
        return ABSTRACT.on_init_dependencies(self)

    def close(self) -> None:
        """There is no thread."""


def replace() -> None:
    """Ours in the places of Faust's, before its tests are imported."""
    patch = pytest.MonkeyPatch()  # never undone: the process is here for nothing else
    patch.setattr(faust, "App", App)
    patch.setattr(consumer, "Consumer", AnyConsumer)
    patch.setattr(driver, "Consumer", batching.BatchConsumer)
    patch.setattr(driver, "AIOKafkaConsumerThread", batching.BatchConsumerThread)
    # What Faust's tests take from pytest for the words of a failure, and pytest has no more.
    for name in ("_compare_eq_dict", "_compare_eq_set"):
        setattr(util, name, getattr(util, name, lambda *_, **__: ""))
    # As Faust itself does where it is not installed.
    sys.modules.setdefault("opentracing", _opentracing)
    sys.modules.setdefault("opentracing.ext", _opentracing)


replace()


def pytest_configure(config: pytest.Config) -> None:
    """The markers of Faust's tests."""
    for marker in ("asyncio", "time", "http_session", "allow_lingering_tasks", "flaky", "logging"):
        config.addinivalue_line("markers", f"{marker}: of Faust's tests")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
    """Whatever is made for a test finds the loop that the test runs on."""
    made = yield
    if fixturedef.argname == "event_loop":
        asyncio.set_event_loop(made)
    return made


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs the coroutines among the tests, without a plugin more."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    loop: Any = pyfuncitem.funcargs["event_loop"]
    loop.run_until_complete(pyfuncitem.obj(**arguments))
    return True
