"""What the client raises, as one line that says what to do."""

import pytest
from clickhouse_connect.driver.exceptions import (
    DatabaseError,
    Error,
    InternalError,
    NotSupportedError,
    OperationalError,
)

from queries.database import HttpDatabase, bound
from schemas.errors import QueryError, UnreachableError
from schemas.settings import Settings


class _Client:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def query(self, *_: object, **__: object) -> None:
        raise self._error


def _asked(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr("schemas.clients.reader_client", lambda _: _Client(error))
    HttpDatabase(Settings()).query("SELECT 1", {}, {})


@pytest.mark.parametrize("kind", [NotSupportedError, InternalError])
def test_an_answer_of_a_type_the_client_cannot_read(monkeypatch: pytest.MonkeyPatch, kind: type[Error]) -> None:
    with pytest.raises(QueryError, match=r"The answer cannot be read: AggregateFunction\(sum\) no\. ") as caught:
        _asked(monkeypatch, kind("AggregateFunction(sum)\n\tno"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [OperationalError, DatabaseError])
def test_no_answer(monkeypatch: pytest.MonkeyPatch, kind: type[Error]) -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        _asked(monkeypatch, kind("Connection refused"))


def test_a_certificate_that_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreachableError, match=r"not trusted .* Set C360_TLS_CA"):
        _asked(monkeypatch, OperationalError("SSLError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: x"))


def test_bytes_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a command line: the client raises what urllib does."""
    wrong = UnicodeEncodeError("utf-8", "SELECT '\udcff'", 8, 9, "surrogates not allowed")
    with pytest.raises(QueryError, match=r"holds '\\udcff', which is no text"):
        _asked(monkeypatch, wrong)


def test_a_percent_sign_in_a_statement_that_names_no_parameter() -> None:
    """The client formats such a statement as Python's % does, if it is given any parameter."""
    assert bound("SELECT 7 % 4", {"as_of": "2026-01-01"}) == {}
    assert list(bound("SELECT {a:UInt8} % { b : UInt8}", {"a": "7", "b": "4", "c": "1"})) == ["a", "b"]
