"""Lines of the log: of every part alike, and of the chatty only what is wrong."""

import logging
import re
from collections.abc import Iterator

import pytest

from schemas.logs import log_lines


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, which gets back what it had."""
    root = logging.getLogger()
    level, chatty = root.level, logging.getLogger("test.chatty")
    yield root
    root.setLevel(level)
    chatty.setLevel(logging.NOTSET)


def test_a_line_has_time_level_and_logger(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(root, "handlers", [])  # as a process begins
    log_lines(quiet=["test.chatty"])
    logging.getLogger("test.part").info("it is %s", "up")
    logging.getLogger("test.part").debug("nobody asked")
    logging.getLogger("test.chatty").info("a request")
    logging.getLogger("test.chatty").warning("it is away")
    first, second = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"[\d-]+ [\d:,]+ INFO test\.part it is up", first)
    assert second.endswith(" WARNING test.chatty it is away")
