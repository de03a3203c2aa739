"""What a user may run, checked with the engine's own parser before a statement runs."""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping

from sinks.embedded.engine import Connection
from sinks.embedded.faults import ACCESS_DENIED, READONLY, SYNTAX_ERROR, ServerError
from sinks.embedded.statement import KEPT, Statement, is_host_function
from sinks.embedded.users import User, check_reader_setting

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.]*")
#: Characters of a statement from which on it is read on a thread, and by nobody again without parsing it again.
LONG = 1 << 13


class Harmless:
    """Statements of the reader's that the engine's parser has found to read only: it need not say so twice.

    What a text is depends on nothing that the reader may set. Used from the engine's threads.
    """

    def __init__(self, most: int = KEPT) -> None:
        self._most = most
        self._texts: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, sql: str) -> bool:
        with self._lock:
            if sql not in self._texts:
                return False
            self._texts.move_to_end(sql)
            return True

    def add(self, sql: str) -> None:
        """The parser has found it to read only."""
        if len(sql) >= LONG:
            return
        with self._lock:
            self._texts[sql] = None
            if len(self._texts) > self._most:
                self._texts.popitem(last=False)


def check_text(user: User, statement: Statement, parameters: Mapping[str, str]) -> None:
    """Raises ServerError when the reader names what it may not use, whatever the engine's access rights say."""
    if user.may_write:
        return
    if function := statement.reaches_out:
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges to call {function}()")
    if statement.named_by_parameters:
        for name, value in parameters.items():
            _check_identifier(user, name, value)
    for name, value in statement.assigned:
        check_reader_setting(name, value)


def _check_identifier(user: User, parameter: str, value: str) -> None:
    """Any parameter may be the one that stands for a name: all of them have to be harmless and written plainly."""
    if not _PLAIN_NAME.fullmatch(value):
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges to name {value!r} by param_{parameter}")
    if any(is_host_function(part) for part in value.split(".")):
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges to call {value}()")


def check_class(connection: Connection, user: User, sql: str, known: Harmless, *, get: bool) -> None:
    """Raises ServerError when a statement changes something and may not: the reader's, and one that came by GET."""
    if (user.may_write and not get) or (not user.may_write and sql in known):
        return
    found = connection.classify_query(sql)
    if found["statement_count"] > 1:
        raise ServerError(SYNTAX_ERROR, "Multi-statements are not allowed")
    kind = found["query_class"].name
    if kind == "UNKNOWN":
        # It does not parse: let the engine say where, by a statement that runs nothing.
        connection.query(f"EXPLAIN AST {sql}")
        raise ServerError(SYNTAX_ERROR, "The statement cannot be classified")
    if kind == "READ_ONLY":
        if not user.may_write:
            known.add(sql)
        return
    if not user.may_write:
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges: this user may only ask")
    if kind != "CONTROL":
        raise ServerError(READONLY, "Cannot execute query in readonly mode. GET only reads: use POST")
