"""The two users and what the reading one may ask of the engine."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sinks.embedded.engine import ROLE_READER, ROLE_WRITER
from sinks.embedded.faults import AUTHENTICATION_FAILED, READONLY, REQUIRED_PASSWORD, ServerError

#: What the reader starts with. These may be lowered, not raised; 0 would mean no limit.
READER_LIMITS = {
    "max_execution_time": 60,  # seconds
    "max_memory_usage": 2 << 30,  # bytes
    "max_result_bytes": 1 << 30,
    "max_threads": 8,
    "max_block_size": 1 << 20,  # rows
    "max_query_size": 1 << 20,  # bytes
}
#: Not limits of the engine's own defaults: those of READER_LIMITS that are set from the beginning.
_SET_AT_START = ("max_execution_time", "max_memory_usage", "max_result_bytes")
READER_DEFAULTS = {
    **{name: str(READER_LIMITS[name]) for name in _SET_AT_START},
    "final": "1",
    "do_not_merge_across_partitions_select_final": "1",
    "allow_introspection_functions": "0",
    "implicit_select": "0",
    # May set what the port lets through, may change nothing else.
    "readonly": "2",
}
WRITER_DEFAULTS = {"allow_introspection_functions": "0", "implicit_select": "0"}
#: Of an INSERT with data, unless it says otherwise: the engine gathers blocks of this size on one thread, so that an
#: insert of any length needs less than 300 MB.
INSERT_DEFAULTS = {"min_insert_block_size_bytes": str(16 << 20), "max_insert_threads": "1"}
#: Bytes of a query: ClickHouse's default of max_query_size, which a request may raise, and as far as it may.
USUAL_QUERY = 1 << 18
LONGEST_QUERY = 16 << 20
_NUMBER = re.compile(r"[0-9]{1,18}(\.[0-9]{1,3})?")
#: Python makes no number of more than some thousand digits; a longer one is the engine's to refuse.
_WHOLE = re.compile(r"[0-9]{1,20}")
_HARMLESS = {
    "allow_ddl", "allow_experimental_analyzer", "any_join_distinct_right_table_keys", "async_insert",
    "wait_for_async_insert", "cast_string_to_dynamic_use_inference",
    "compile_aggregate_expressions", "compile_expressions", "count_distinct_implementation", "date_time_input_format",
    "date_time_output_format", "do_not_merge_across_partitions_select_final",
    "empty_result_for_aggregation_by_empty_set",
    "enable_analyzer", "enable_shared_storage_snapshot_in_query", "extremes", "final", "limit", "log_comment",
    "max_bytes_before_external_group_by", "max_bytes_before_external_sort", "max_bytes_in_set", "max_bytes_to_read",
    "max_result_rows", "max_rows_in_set", "max_rows_to_group_by", "max_rows_to_read",
    "max_streams_to_max_threads_ratio", "min_count_to_compile_expression", "offset", "prefer_column_name_to_alias",
    "read_in_order_two_level_merge_threshold", "read_overflow_mode", "result_overflow_mode", "serialize_query_plan",
    "session_timezone", "set_overflow_mode", "timeout_overflow_mode", "totals_mode", "transform_null_in",
    "use_index_for_in_with_subqueries", "use_index_for_in_with_subqueries_max_values", "use_query_cache",
    "use_query_condition_cache", "use_skip_indexes", "use_skip_indexes_if_final", "use_uncompressed_cache",
}  # fmt: skip
_HARMLESS_PREFIXES = (
    "output_format_",
    "input_format_",
    "join_",
    "optimize_",
    "query_plan_",
    "group_by_",
    "format_csv_",
)


@dataclass(frozen=True)
class User:
    """A user of the port; the role is what the engine checks."""

    name: str
    role: Literal["c360_writer", "c360_reader"]

    @property
    def may_write(self) -> bool:
        """Whether it is the writer."""
        return self.role == ROLE_WRITER

    def settings(self, asked: Mapping[str, str]) -> dict[str, str]:
        """What the engine is told for a request that asks for these settings.

        Raises:
            ServerError: the reader asks for more than it may have.
        """
        if self.may_write:
            return {**WRITER_DEFAULTS, **asked}
        for name, value in asked.items():
            check_reader_setting(name, value)
        wanted = {name: value for name, value in asked.items() if name != "readonly"}
        return {**READER_DEFAULTS, **wanted, "readonly": READER_DEFAULTS["readonly"]}

    def longest_query(self, asked: Mapping[str, str]) -> int:
        """Bytes that the text of a request with these settings may have; raises as settings() does."""
        wanted = self.settings(asked).get("max_query_size", "")
        number = int(wanted) if _WHOLE.fullmatch(wanted) else USUAL_QUERY
        return min(number or LONGEST_QUERY, LONGEST_QUERY)


def check_reader_setting(name: str, value: str) -> None:
    """Raises ServerError when the reader may not set this."""
    if name in READER_LIMITS:
        # The engine takes what is too small to be told from 0 for no limit.
        if not _NUMBER.fullmatch(value) or not 0 < float(value) <= READER_LIMITS[name]:
            raise ServerError(READONLY, f"Setting {name} shouldn't be greater than {READER_LIMITS[name]}, nor 0")
    elif name == "readonly":
        if value not in {"1", "2"}:
            raise ServerError(READONLY, "Cannot modify 'readonly' setting in readonly mode")
    elif name not in _HARMLESS and not (name.startswith(_HARMLESS_PREFIXES) and not _names_a_file(name)):
        raise ServerError(READONLY, f"Cannot modify {name!r} setting in readonly mode")


def _names_a_file(name: str) -> bool:
    """Such as output_format_schema, which writes one."""
    return name.endswith("_schema") or "path" in name


class Users:
    """Who may come in."""

    def __init__(self, writer: tuple[str, str], reader: tuple[str, str]) -> None:
        """Takes (name, password) of both; only digests of the passwords are kept."""
        self._known = {
            writer[0]: (User(writer[0], ROLE_WRITER), _digest(writer[1])),
            reader[0]: (User(reader[0], ROLE_READER), _digest(reader[1])),
        }
        self._nobody = (None, _digest(""))

    def authenticate(self, name: str, password: str | None) -> User:
        """The user of this name and password; takes as long for a wrong name as for a wrong password.

        Raises:
            ServerError: no name, no password, or not the right ones.
        """
        if not name and password is None:
            raise ServerError(REQUIRED_PASSWORD, "A user and a password are required")
        user, expected = self._known.get(name, self._nobody)
        right = hmac.compare_digest(_digest(password or ""), expected)
        if user is None or not right:
            raise ServerError(
                AUTHENTICATION_FAILED,
                f"{name}: Authentication failed: password is incorrect, or there is no user with such name.",
            )
        return user


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "surrogateescape")).digest()
