"""Pages' HTML from the templates beside this file; every value that is put in is escaped."""

import datetime as dt
import functools
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from queries.render import text

FOLDER = Path(__file__).parent


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"value": text, "money": money, "count": count, "moment": moment, "percent": percent}
    return made


def html(template: str, **words: Any) -> Markup:
    """The HTML of templates/{template}.html, which is put into another as it is."""
    return Markup(_environment().get_template(f"{template}.html").render(words))


def money(value: Decimal | float | None) -> str:
    """USD as people write it."""
    return "-" if value is None else f"${value:,.2f}"


def count(value: float | None) -> str:
    """A number without its fraction; a dash where it is not known."""
    return "-" if value is None else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """A share from 0 to 1."""
    return "-" if value is None else f"{100 * value:.0f} %"


def moment(value: dt.datetime | None) -> str:
    """A time in UTC, to the minute."""
    return "-" if value is None else value.strftime("%Y-%m-%d %H:%M")


def is_number(value: Any) -> bool:
    """Whether a column of such values stands to the right."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def table(
    caption: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], links: Mapping[str, str] | None = None
) -> Markup:
    """A table that scrolls by itself; `links` are addresses by column, in which {} stands for the value."""
    numeric = [any(is_number(row[at]) for row in rows[:50]) for at in range(len(columns))]
    return html("table", caption=caption, columns=columns, rows=rows, links=links or {}, numeric=numeric)
