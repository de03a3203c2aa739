"""Parameters of written queries as the API takes them: typed, bounded, described."""

import datetime as dt
import re
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

from queries.api.clickhouse import MOST_ROWS
from queries.catalogue import Parameter
from schemas.moments import moment

_INTEGER = re.compile(r"^(U?)Int(8|16|32|64)$")
#: Moments that DateTime64 and the calendar both know.
EARLIEST, LATEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)


def _moment(text: object) -> dt.datetime:
    try:
        found = moment(str(text)).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise ValueError("expected ISO 8601, such as 2026-01-31T12:00:00Z") from None
    if not EARLIEST <= found < LATEST:
        raise ValueError("expected a moment from 1970 to 2199")
    return found


Since = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^(19[7-9]|20[0-9]|21[0-8])[0-9]-",
            "examples": ["2026-01-31T12:00:00Z"],
        }
    ),
]


def annotation(parameter: Parameter) -> Any:
    """The annotation of a declared parameter, which is left out where the query's default is to be taken."""
    words = f"{parameter.meaning}; default {parameter.default or f'from the data ({parameter.source})'}"
    kind = _kind(parameter)
    return Annotated[kind | None, Query(description=words)]


def _kind(parameter: Parameter) -> Any:
    if parameter.type.startswith(("Array(", "List<")):
        return list[_scalar(parameter.type[:-1].partition("(")[2] or parameter.type[:-1].partition("<")[2])]  # type: ignore[misc]
    if parameter.name == "limit":
        return Annotated[int, Query(ge=1, le=MOST_ROWS)]
    return _scalar(parameter.type)


def _scalar(type_name: str) -> Any:
    if match := _INTEGER.match("Int64" if type_name == "Int" else type_name):
        bits = int(match[2])
        low, high = (0, 2**bits - 1) if match[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        return Annotated[int, Query(ge=low, le=high)]
    if type_name.startswith("DateTime"):
        return Since
    if type_name.startswith("Float"):
        return Annotated[float, Query(allow_inf_nan=False)]
    if type_name == "String":
        return str
    raise ValueError(f"no parameter of the API has the type {type_name} yet")
