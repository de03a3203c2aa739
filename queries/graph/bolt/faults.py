"""What goes wrong in the words of Neo4j: a code that drivers act upon, a message, a GQL status.

Source: https://neo4j.com/docs/status-codes/current/errors/
"""

import re
from typing import Any

from queries.graph.bolt.handshake import Version
from queries.graph.errors import MissingParameterError, ReadOnlyError
from schemas.errors import C360Error, QueryError, UnreachableError, UsageError

SYNTAX = "Neo.ClientError.Statement.SyntaxError"
TYPE = "Neo.ClientError.Statement.TypeError"
ARGUMENT = "Neo.ClientError.Statement.ArgumentError"
ARITHMETIC = "Neo.ClientError.Statement.ArithmeticError"
PARAMETER_MISSING = "Neo.ClientError.Statement.ParameterMissing"
ACCESS_MODE = "Neo.ClientError.Statement.AccessMode"
NO_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"
INVALID = "Neo.ClientError.Request.Invalid"
UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized"
FORBIDDEN = "Neo.ClientError.Security.Forbidden"
TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
CLIENT_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration"
TERMINATED = "Neo.TransientError.Transaction.Terminated"
OUT_OF_MEMORY = "Neo.TransientError.General.MemoryPoolOutOfMemoryError"
UNAVAILABLE = "Neo.TransientError.General.DatabaseUnavailable"
BUSY = "Neo.TransientError.Request.NoThreadsAvailable"
FAILED = "Neo.DatabaseError.Statement.ExecutionFailed"
UNKNOWN = "Neo.DatabaseError.General.UnknownError"

#: GQL status and its standard description, by the beginning of a code.
_STATUSES = (
    (SYNTAX, "42001", "syntax error or access rule violation - invalid syntax"),
    (PARAMETER_MISSING, "42N51", "syntax error or access rule violation - invalid parameter"),
    (ARITHMETIC, "22000", "data exception"),
    (TYPE, "22G03", "data exception - invalid value type"),
    ("Neo.ClientError.Statement", "42000", "syntax error or access rule violation"),
    ("Neo.ClientError.Security", "42NFF", "syntax error or access rule violation - permission/access denied"),
    ("Neo.ClientError.Request", "08N06", "connection exception - protocol error"),
    ("", "50N42", "general processing exception - unexpected error"),
)
#: What ClickHouse's codes mean to a driver.
_OF_CLICKHOUSE = {
    43: TYPE, 53: TYPE, 70: TYPE, 386: TYPE, 69: ARGUMENT, 36: ARGUMENT, 427: ARGUMENT, 153: ARITHMETIC,
    407: ARITHMETIC, 159: TIMED_OUT, 160: TIMED_OUT, 241: OUT_OF_MEMORY, 394: TERMINATED, 202: BUSY,
    396: TIMED_OUT, 307: TIMED_OUT, 158: TIMED_OUT,
}  # fmt: skip
_CODE = re.compile(r"Code: (\d+)\.")


class Fault(Exception):  # noqa: N818 - an error is a project's own; this is what a driver is told of it
    """A code of Neo4j's and one line of text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def metadata(self, version: Version) -> dict[str, Any]:
        """The fields of a FAILURE message."""
        if version < (5, 7):
            return {"code": self.code, "message": self.message}
        status, description = next(found[1:] for found in _STATUSES if self.code.startswith(found[0]))
        return {
            "neo4j_code": self.code,
            "message": self.message,
            "gql_status": status,
            "description": f"error: {description}. {self.message}",
            "diagnostic_record": {"_classification": self.classification},
        }

    @property
    def classification(self) -> str:
        """CLIENT_ERROR, TRANSIENT_ERROR or DATABASE_ERROR."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.code.split(".")[1]).upper()


def fault_of(error: C360Error) -> Fault:
    """The fault behind an error of this project; ClickHouse's are told apart by their number."""
    message = str(error)
    found = _CODE.search(message)
    kinds: tuple[tuple[type[C360Error], str], ...] = (
        (MissingParameterError, PARAMETER_MISSING),
        (ReadOnlyError, ACCESS_MODE),
        (UsageError, TYPE),
        (UnreachableError, UNAVAILABLE),
    )
    for kind, code in kinds:
        if isinstance(error, kind):
            return Fault(code, message)
    if found:
        return Fault(_OF_CLICKHOUSE.get(int(found[1]), FAILED), message)
    return Fault(SYNTAX if isinstance(error, QueryError) else UNKNOWN, message)
