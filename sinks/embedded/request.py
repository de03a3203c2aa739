"""What one HTTP request asks for, taken from its URL, its headers and its form fields."""

import base64
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sinks.embedded.faults import AUTHENTICATION_FAILED, BAD_ARGUMENTS, INVALID_SESSION_TIMEOUT, ServerError
from sinks.embedded.named import SETTING, is_name

#: Words of the port itself. Whatever else stands in the URL is a setting of the engine.
_OWN = {
    "query", "database", "user", "password", "default_format", "query_id", "session_id", "session_timeout",
    "session_check", "compress", "decompress", "wait_end_of_query", "buffer_size", "client_protocol_version",
    "enable_http_compression", "http_zlib_compression_level",
}  # fmt: skip
#: Settings of a real server's HTTP layer that change nothing here.
_IGNORED = {
    "quota_key", "role", "stacktrace", "close_session", "http_response_buffer_size", "http_wait_end_of_query",
    "send_progress_in_http_headers", "http_headers_progress_interval_ms", "add_http_cors_header",
    "cancel_http_readonly_queries_on_client_close", "http_write_exception_in_output_format",
    "http_native_compression_disable_checksumming_on_decompress", "connect_timeout", "send_timeout", "receive_timeout",
    "http_connection_timeout", "http_send_timeout", "http_receive_timeout", "network_compression_method",
    "network_zstd_compression_level",
}  # fmt: skip
LONGEST_SESSION = 3600
#: Python makes no number of more than some thousand digits, and none here needs as many.
_NUMBER = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class Request:
    """Everything but the body."""

    query: str = ""
    database: str = ""
    default_format: str = ""
    query_id: str = ""
    user: str = ""
    password: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)  # of {name:Type} in the query
    settings: Mapping[str, str] = field(default_factory=dict)
    external: Mapping[str, str] = field(default_factory=dict)  # NAME_format, NAME_structure, NAME_types
    session_id: str = ""
    session_timeout: float = 60.0  # seconds
    session_check: bool = False
    compress: bool = False  # answer in ClickHouse's own frames
    decompress: bool = False  # the body is in ClickHouse's own frames
    wait_end_of_query: bool = False
    http_compression: bool | None = None  # None: the engine's default
    zlib_level: int = 3
    comment: str = ""  # log_comment, where it names a query
    revision: int = 0  # of the native protocol, as far as the Native format depends on it


def read_request(pairs: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> Request:
    """The request of these URL parameters (a later one wins) and headers.

    Raises:
        ServerError: a value is not of its type, or the Authorization header cannot be read.
    """
    words = dict(pairs)
    user, password = _credentials(words, headers)
    request = Request(
        query=words.get("query", ""),
        database=words.get("database") or text("X-ClickHouse-Database", headers.get("X-ClickHouse-Database", "")),
        default_format=words.get("default_format") or headers.get("X-ClickHouse-Format", ""),
        query_id=words.get("query_id") or str(uuid.uuid4()),
        user=user,
        password=password,
        session_id=words.get("session_id", ""),
        session_timeout=_session_timeout(words.get("session_timeout", "60")),
        session_check=_flag(words, "session_check"),
        compress=_flag(words, "compress"),
        decompress=_flag(words, "decompress"),
        wait_end_of_query=_flag(words, "wait_end_of_query"),
        http_compression=_flag(words, "enable_http_compression") if "enable_http_compression" in words else None,
        zlib_level=_integer(words, "http_zlib_compression_level", 3),
        revision=_integer(words, "client_protocol_version", 0),
    )
    return with_fields(request, words)


def with_fields(request: Request, words: Mapping[str, str]) -> Request:
    """The request with the parameters and settings among these words added."""
    parameters, settings, external = dict(request.parameters), dict(request.settings), dict(request.external)
    tables = {name.rpartition("_")[0] for name in words if name.endswith(("_structure", "_types"))}
    for name, value in words.items():
        if name.startswith("param_"):
            parameters[name.removeprefix("param_")] = value
        elif name.rpartition("_")[0] in tables and name.endswith(("_structure", "_types", "_format")):
            external[name] = value
        elif name not in _OWN and name not in _IGNORED:
            settings[name] = value
    query = request.query or words.get("query", "")
    comment = request.comment
    if is_name(words.get(SETTING, "")):
        # Kept from the engine: connections are lent by their settings, and each name would need one of its own.
        comment = settings.pop(SETTING)
    return replace(request, query=query, comment=comment, parameters=parameters, settings=settings, external=external)


def text(name: str, value: str) -> str:
    """The value of a header or the name of a field.

    Raises:
        ServerError: it is no UTF-8, of which the engine can be told nothing.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ServerError(BAD_ARGUMENTS, f"{name} is {value!a}, which is no UTF-8") from None
    return value


def _credentials(words: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str | None]:
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        return headers.get("X-ClickHouse-User", ""), headers.get("X-ClickHouse-Key")
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except ValueError:  # no base64, no text in it, or no ASCII to begin with
            raise ServerError(AUTHENTICATION_FAILED, "The Authorization header is not Basic in base64") from None
        return user, password
    return words.get("user", ""), words.get("password")


def _flag(words: Mapping[str, str], name: str) -> bool:
    return words.get(name, "0").lower() in {"1", "true"}


def _integer(words: Mapping[str, str], name: str, default: int) -> int:
    value = words.get(name, "")
    if not value:
        return default
    if not _NUMBER.fullmatch(value):
        raise ServerError(BAD_ARGUMENTS, f"{name} is {value!r}, not a number")
    return int(value)


def _session_timeout(value: str) -> float:
    if not _NUMBER.fullmatch(value) or int(value) > LONGEST_SESSION:
        raise ServerError(INVALID_SESSION_TIMEOUT, f"Invalid session timeout: {value!r} (seconds, at most 3600)")
    return float(value)
