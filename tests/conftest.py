"""What holds for the whole suite: which skips are allowed, and that no test leaves a process behind."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import pytest
from xdist.scheduler import LoadScopeScheduling

# No test has a clock: a loaded machine is slow, not wrong.
hypothesis.settings.register_profile("c360", deadline=None, print_blob=True)
hypothesis.settings.load_profile("c360")

ALLOWED = Path(__file__).with_name("skips.txt")
#: Folders whose tests start whole stacks: one process has each of these lots, so that no more are up at once than the
#: cores can carry. The others go by file.
LOTS = (
    ("e2e",),
    (
        "contract/ingestion",
        "contract/faust",
        "integration/ops",
        "integration/producers",
        "integration/stream_processors",
    ),
    ("integration/queries/bolt",),
)
#: What takes longest begins first, so that no process ends alone.
ORDER = ("e2e/test_whole_path.py", *LOTS[0], *LOTS[1], "oracle", "contract", "integration", "unit")


_unexpected: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run the long tests, which are left out otherwise")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "soak: a long run, only with --soak")
    # Settings come from the environment: a developer's own must not reach the tests.
    for name in [name for name in os.environ if name.startswith("C360_") and not name.startswith("C360_TEST_")]:
        if name != "C360_CACHE":
            del os.environ[name]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = bool(config.getoption("--soak"))
    chosen = [item for item in items if (item.get_closest_marker("soak") is not None) == wanted]
    left_out = [item for item in items if item not in chosen]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = chosen
    items.sort(key=lambda item: _place(item.nodeid))


def _is_in(nodeid: str, place: str) -> bool:
    return nodeid.startswith((f"tests/{place}/", f"tests/{place}::"))


def _place(nodeid: str) -> int:
    return next((place for place, folder in enumerate(ORDER) if _is_in(nodeid, folder)), len(ORDER))


class ByLot(LoadScopeScheduling):  # type: ignore[misc]  # xdist says nothing of types
    """Gives a lot, or else a file, to one process."""

    def _split_scope(self, nodeid: str) -> str:
        lots = (folders[0] for folders in LOTS if any(_is_in(nodeid, folder) for folder in folders))
        return next(lots, nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)  # not without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByLot:
    return ByLot(config, log)


def allowed_skips() -> list[str]:
    """Parts of test ids that may be skipped."""
    lines = ALLOWED.read_text(encoding="utf-8").splitlines()
    return [line.rsplit(": ", 1)[0] for line in lines if line and not line.startswith("#")]


def _may_skip(nodeid: str) -> bool:
    return any(part in nodeid for part in allowed_skips())


def _words(nodeid: str) -> str:
    return f"SKIP NOT ALLOWED {nodeid}: list it in tests/skips.txt or make it run"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips itself reports no test: it fails here."""
    report = yield
    if report.skipped and not _may_skip(collector.nodeid):
        report.outcome, report.longrepr = "failed", _words(collector.nodeid)
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and not _may_skip(report.nodeid):
        _unexpected.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _unexpected:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for nodeid in _unexpected:
        terminalreporter.write_line(_words(nodeid), red=True)


@pytest.fixture(scope="session", autouse=True)
def no_process_left() -> Iterator[None]:
    """Fails the run when a child process outlives the tests."""
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    yield
    left = [process for process in psutil.Process().children(recursive=True) if process.pid not in before]
    _, alive = psutil.wait_procs(left, timeout=5)
    assert not alive, f"tests left processes behind: {[(process.pid, process.cmdline()) for process in alive]}"
