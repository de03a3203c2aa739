"""Whether two answers are the same: as bags, in order as far as the query orders them, pages within tie groups."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from queries.graph.syntax import Project, Query, Union, Variable
from tests.oracle.cypher.values import alike, missing, same_bag

Row = list[Any]
PAGE = re.compile(r"(\s+(SKIP|LIMIT)\s+[^\s)}]+)+\s*$")
GATHERED = re.compile(r"\bcollect\(|\[\s*\(|\bkeys\(|\blabels\(", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """How the answers of a query are compared."""

    #: The columns that rows are ordered by, most important first.
    order: tuple[int, ...]
    #: The query without SKIP and LIMIT at its end, if it has them.
    whole: str | None
    #: Whether the order of lists counts for nothing.
    bags: bool


def form_of(text: str, query: Query | Union, *, exact: bool = False) -> Form:
    """Of a query; `exact` is whether its lists are collected from rows in a total order."""
    bags = not exact and GATHERED.search(text) is not None
    last = query.clauses[-1] if isinstance(query, Query) else None
    if not isinstance(last, Project):
        return Form((), None, bags)
    paged = last.skip is not None or last.limit is not None
    return Form(tuple(_columns(last)), PAGE.sub("", text) if paged else None, bags)


def _columns(clause: Project) -> Iterator[int]:
    """The columns ordered by, up to the first that is ordered by but not shown."""
    for sort in clause.order:
        wanted = sort.expression
        places = (
            place
            for place, item in enumerate(clause.items)
            if item.expression == wanted or (isinstance(wanted, Variable) and wanted.name == item.name)
        )
        place = next(places, None)
        if place is None or clause.star:
            return
        yield place


def same_answer(ours: Sequence[Row], theirs: Sequence[Row], whole: Sequence[Row] | None, form: Form) -> bool:
    """Whether they are the same; `whole` is the other's answer without SKIP and LIMIT, for a query that has them."""
    mine, others = _runs(ours, form), _runs(theirs, form)
    if len(mine) != len(others):
        return False
    groups = None if whole is None else _runs(whole, form)
    for run, other in zip(mine, others, strict=True):
        if len(run) != len(other) or not _same_place(run, other, form):
            return False
        if groups is None:
            if not same_bag(run, other, bags=form.bags):
                return False
        elif missing(run, [row for group in groups if _same_place(run, group, form) for row in group], bags=form.bags):
            return False
    return True


def _runs(rows: Sequence[Row], form: Form) -> list[list[Row]]:
    """Rows that follow one another and tie."""
    runs: list[list[Row]] = []
    for row in rows:
        if runs and _same_place(runs[-1], [row], form):
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _same_place(run: Sequence[Row], other: Sequence[Row], form: Form) -> bool:
    return all(alike(run[0][place], other[0][place], bags=form.bags) for place in form.order)
