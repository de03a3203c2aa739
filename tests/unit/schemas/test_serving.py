"""What a port's log says of clients that break off or send no HTTP: a line for each, and no traceback."""

import logging

import pytest
from aiohttp.http_exceptions import BadHttpMessage

from schemas.serving import _one_line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadHttpMessage("Invalid\nheader"), "no HTTP: 400, message: Invalid header"),
        (
            ConnectionResetError("Cannot write to closing transport"),
            "a client has gone: Cannot write to closing transport",
        ),
    ],
)
def test_what_a_client_does_is_a_line(error: Exception, said: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), _one_line():
        logging.getLogger("aiohttp.server").error("Error handling request from %s", "127.0.0.1", exc_info=error)
    (record,) = caplog.records
    assert (record.getMessage(), record.levelname, record.exc_info) == (said, "INFO", None)


def test_any_other_error_has_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with _one_line():
        logging.getLogger("aiohttp.server").error("Error handling request", exc_info=ZeroDivisionError("x"))
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
