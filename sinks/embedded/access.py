"""What a user may run, checked with the engine's own parser before a statement runs."""

import re
from collections.abc import Mapping

from sinks.embedded.engine import Connection
from sinks.embedded.faults import ACCESS_DENIED, READONLY, SYNTAX_ERROR, ServerError
from sinks.embedded.statement import Statement, assignments, host_function, is_host_function, takes_identifiers
from sinks.embedded.users import User, check_reader_setting

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.]*")


def check_text(user: User, statement: Statement, parameters: Mapping[str, str]) -> None:
    """Raises ServerError when the reader names what it may not use, whatever the engine's access rights say."""
    if user.may_write:
        return
    if function := host_function(statement.tokens):
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges to call {function}()")
    if takes_identifiers(statement.tokens):
        for name, value in parameters.items():
            _check_identifier(user, name, value)
    for name, value in assignments(statement.tokens):
        check_reader_setting(name, value)


def _check_identifier(user: User, parameter: str, value: str) -> None:
    """Any parameter may be the one that stands for a name: all of them have to be harmless and written plainly."""
    if not _PLAIN_NAME.fullmatch(value):
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges to name {value!r} by param_{parameter}")
    if any(is_host_function(part) for part in value.split(".")):
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges to call {value}()")


def check_class(connection: Connection, user: User, sql: str, *, get: bool) -> None:
    """Raises ServerError when a statement changes something and may not: the reader's, and one that came by GET."""
    if user.may_write and not get:
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
        return
    if not user.may_write:
        raise ServerError(ACCESS_DENIED, f"{user.name}: Not enough privileges: this user may only ask")
    if kind != "CONTROL":
        raise ServerError(READONLY, "Cannot execute query in readonly mode. GET only reads: use POST")
