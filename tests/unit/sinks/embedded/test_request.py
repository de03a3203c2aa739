"""Requests, users and what the reader may set."""

import base64

import pytest

from sinks.embedded.faults import ServerError, from_engine
from sinks.embedded.request import read_request
from sinks.embedded.users import READER_LIMITS, Users

USERS = Users(("w", "secret"), ("r", "other"))


def test_words_of_the_url() -> None:
    request = read_request(
        [("query", "SELECT 1"), ("param_x", "5"), ("max_threads", "2"), ("max_threads", "3"), ("compress", "1"),
         ("date_time_input_format", "best_effort"), ("ext_structure", "a UInt8"), ("ext_format", "CSV"),
         ("quota_key", "")],
        {},
    )  # fmt: skip
    assert request.query == "SELECT 1"
    assert request.parameters == {"x": "5"}
    assert request.settings == {"max_threads": "3", "date_time_input_format": "best_effort"}
    assert request.external == {"ext_structure": "a UInt8", "ext_format": "CSV"}
    assert request.compress
    assert not request.decompress
    assert request.query_id


def test_credentials_by_header_before_basic_before_url() -> None:
    basic = {"Authorization": "Basic " + base64.b64encode(b"b:x:y").decode()}
    assert (read_request([("user", "u")], basic).user, read_request([], basic).password) == ("b", "x:y")
    both = basic | {"X-ClickHouse-User": "h", "X-ClickHouse-Key": "k"}
    assert (read_request([], both).user, read_request([], both).password) == ("h", "k")
    assert read_request([("user", "u"), ("password", "p")], {}).password == "p"


@pytest.mark.parametrize(
    ("words", "headers"),
    [
        ({"session_timeout": "9" * 5000}, {}),
        ({"client_protocol_version": "9" * 5000}, {}),
        ({"http_zlib_compression_level": "9" * 5000}, {}),
        ({"session_timeout": "3601"}, {}),
        ({"client_protocol_version": "-1"}, {}),
        ({}, {"Authorization": "Basic %%"}),
        ({}, {"X-ClickHouse-Database": "custome\udc80360"}),
        ({}, {"Authorization": "Basic \udca4"}),  # was a 500, to whoever has no password
    ],
)
def test_unreadable(words: dict[str, str], headers: dict[str, str]) -> None:
    with pytest.raises(ServerError):
        read_request(words.items(), headers)


@pytest.mark.parametrize(
    ("name", "password"), [("w", "other"), ("w", None), ("w", ""), ("nobody", ""), ("", None), ("", "x")]
)
def test_nobody_comes_in_without_the_right_password(name: str, password: str | None) -> None:
    with pytest.raises(ServerError) as caught:
        USERS.authenticate(name, password)
    assert caught.value.status in {401, 403}
    assert "secret" not in str(caught.value)


def test_the_writer_sets_what_it_likes() -> None:
    assert USERS.authenticate("w", "secret").settings({"max_memory_usage": "0"})["max_memory_usage"] == "0"


def test_the_reader_lowers_limits_only() -> None:
    reader = USERS.authenticate("r", "other")
    for name, limit in READER_LIMITS.items():
        assert reader.settings({name: str(limit)})[name] == str(limit)
        for value in (str(limit + 1), "0", "-1", "lots", "nan", "inf"):
            with pytest.raises(ServerError):
                reader.settings({name: value})
    assert reader.settings({"readonly": "1"})["readonly"] == "2"
    for name in ("format_schema", "output_format_schema", "allow_experimental_eval_table_function", "log_queries"):
        with pytest.raises(ServerError):
            reader.settings({name: "1"})


def test_errors_of_the_engine_lose_what_they_repeat() -> None:
    said = (
        "Code: 164. DB::Exception: Code: 164. DB::Exception: Cannot modify 'x' setting in readonly mode. "
        "(READONLY) (version 26.9.2.1). (READONLY)"
    )
    error = from_engine(RuntimeError(said))
    assert (error.code, error.name, error.message) == (164, "READONLY", "Cannot modify 'x' setting in readonly mode.")
    assert error.line("1.2") == (
        "Code: 164. DB::Exception: Cannot modify 'x' setting in readonly mode. (READONLY) (version 1.2 (chdb))"
    )


def test_errors_show_no_password() -> None:
    error = from_engine(RuntimeError("Code: 62. DB::Exception: failed at password = 'sesame' ... (SYNTAX_ERROR)"))
    assert "sesame" not in error.message


def test_a_query_s_name_is_no_setting_and_any_other_comment_is() -> None:
    named = read_request([("log_comment", "c360:sql:monthly_revenue"), ("final", "1")], {})
    assert (named.comment, dict(named.settings)) == ("c360:sql:monthly_revenue", {"final": "1"})
    other = read_request([("log_comment", "mine")], {})
    assert (other.comment, dict(other.settings)) == ("", {"log_comment": "mine"})
