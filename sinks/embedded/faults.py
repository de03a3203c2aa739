"""Errors as ClickHouse's HTTP interface shows them: a code, a name, a line of text, an HTTP status."""

import re

ACCESS_DENIED = 497
AUTHENTICATION_FAILED = 516
BAD_ARGUMENTS = 36
CANNOT_DECOMPRESS = 271
CHECKSUM_DOESNT_MATCH = 40
INVALID_SESSION_TIMEOUT = 374
MEMORY_LIMIT_EXCEEDED = 241
NOT_ENOUGH_SPACE = 243
NOT_IMPLEMENTED = 48
QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING = 216
READONLY = 164
REQUIRED_PASSWORD = 194
SESSION_IS_LOCKED = 373
SESSION_NOT_FOUND = 372
SOCKET_TIMEOUT = 209
SYNTAX_ERROR = 62
TOO_LARGE = 161
TOO_MANY_SIMULTANEOUS_QUERIES = 202
UNEXPECTED_END = 33
UNKNOWN_COMPRESSION_METHOD = 89
UNKNOWN_FORMAT = 73

_NAMES = {value: name for name, value in list(globals().items()) if isinstance(value, int)} | {
    CANNOT_DECOMPRESS: "CANNOT_DECOMPRESS",
    TOO_LARGE: "HTTP_REQUEST_TOO_LARGE",
    UNEXPECTED_END: "CANNOT_READ_ALL_DATA",
}

# As in src/Server/HTTP/exceptionCodeToHTTPStatus.cpp of ClickHouse; whatever is missing here is a 500.
_STATUS = (
    dict.fromkeys((194,), 401)
    | dict.fromkeys((192, 193, 497, 512, 516), 403)
    | dict.fromkeys((6, 8, 15, 25, 26, 27, 36, 38, 41, 44, 53, 62, 69, 72, 117, 167, 168), 400)
    | dict.fromkeys((183, 376, 427, 441, 675, 676, 33, 40, 89, 271, 374), 400)
    | dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511), 404)
    | {TOO_LARGE: 413, 48: 501, 75: 503, 202: 503, 209: 503, 439: 503, 159: 408, 411: 411}
)  # fmt: skip

#: How the engine's errors begin.
OF_THE_ENGINE = b"Code: "
_PREFIX = re.compile(r"^Code: (\d+)\. DB::Exception: ")
_NAME_AT_END = re.compile(r" \(([A-Z][A-Z0-9_]+)\)$")
_VERSION = re.compile(r" ?\(version [^()]*(?:\([^()]*\))?\)\.?")
_SECRET = re.compile(r"(password|secret|sasl\.password|key)(['\"`]?\s*(?:=|:)\s*)'[^']*'", re.IGNORECASE)


class ServerError(Exception):
    """One error of one request."""

    def __init__(self, code: int, message: str, name: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.name = name or _NAMES.get(code, "UNKNOWN")

    @property
    def status(self) -> int:
        """The HTTP status of an answer that has not begun yet."""
        return _STATUS.get(self.code, 500)

    def line(self, version: str) -> str:
        """As the server writes it; `version` is the engine's."""
        return f"Code: {self.code}. DB::Exception: {self.message} ({self.name}) (version {version} (chdb))"


def from_engine(error: RuntimeError | UnicodeDecodeError) -> ServerError:
    """The fault behind an exception of the engine, which may repeat its own prefix and suffix.

    One that repeats data which are no UTF-8 comes as the error of reading its text.
    """
    said = error.object.decode("utf-8", "replace") if isinstance(error, UnicodeDecodeError) else str(error)
    text = _VERSION.sub("", said).strip()
    code, name = 1001, "STD_EXCEPTION"
    while found := _PREFIX.match(text):
        code = int(found.group(1))
        text = text[found.end() :]
    while found := _NAME_AT_END.search(text):
        name = found.group(1)
        text = text[: found.start()].rstrip()
    return ServerError(code, _SECRET.sub(r"\1\2'[HIDDEN]'", text), name)
