"""A report for a person to read, and as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from queries.render import rendered, text
from queries.runner import Result
from queries.use_cases.report import Chart, Report

#: Rows of a step that are shown: enough to see what it says.
STEP_ROWS = 5
BAR = 40
#: Signs of a parameter's value.
VALUE = 60


def shown(report: Report, *, terminal: bool) -> str:
    """Each step with its first rows, the charts, the conclusion whole, and what to do."""
    parts = [f"{report.case.title}: for {report.case.whose}"]
    for number, step in enumerate(report.steps, start=1):
        given = " ".join(f"{name}={_short(value)}" for name, value in step.parameters.items())
        parts.append(f"{number}. {step.title} ({step.question}{' ' + given if given else ''})")
        parts.append(_first(Result(step.columns, step.rows, step.elapsed_ms), terminal))
    parts += [drawn(chart) for chart in report.conclusion.charts]
    if report.conclusion.rows:
        parts.append("Conclusion")
        parts.append(_table(report.conclusion.columns, report.conclusion.rows, terminal))
    parts.append(report.conclusion.sentence)
    return "\n\n".join(parts)


def as_json(report: Report) -> str:
    """One object: the sentence, the list (columns, rows), the charts, the steps. Money is a string."""
    took = sum(step.elapsed_ms for step in report.steps)
    whole = {
        "name": report.case.name,
        "title": report.case.title,
        "sentence": report.conclusion.sentence,
        **_object(report.conclusion.columns, report.conclusion.rows, took),
        "charts": [
            {"title": chart.title, "unit": chart.unit, "bars": chart.bars} for chart in report.conclusion.charts
        ],
        "steps": [
            {
                "title": step.title,
                "question": step.question,
                "parameters": dict(step.parameters),
                **_object(step.columns, step.rows, step.elapsed_ms),
            }
            for step in report.steps
        ],
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, default=str)


def drawn(chart: Chart) -> str:
    """Bars of a chart, the longest as wide as BAR."""
    most = max((value for _, value in chart.bars), default=0.0)
    width = max((len(label) for label, _ in chart.bars), default=0)
    lines = [f"{chart.title} ({chart.unit})"]
    for label, value in chart.bars:
        length = round(BAR * value / most) if most > 0 and value > 0 else 0
        lines.append(f"  {label:<{width}}  {'█' * length:<{BAR}}  {value:,.2f}")
    return "\n".join(lines)


def _short(value: object) -> str:
    whole = text(value)
    return whole if len(whole) <= VALUE else whole[: VALUE - 3] + "..."


def _first(result: Result, terminal: bool) -> str:
    if len(result.rows) <= STEP_ROWS:
        return _table(result.columns, result.rows, terminal) if result.rows else "(no rows)"
    more = len(result.rows) - STEP_ROWS
    return _table(result.columns, result.rows[:STEP_ROWS], terminal) + f"\n... and {more:,} more"


def _table(columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]], terminal: bool) -> str:
    table = rendered(Result(columns, list(rows), 0.0), "table", terminal=terminal)
    # Its last line counts rows and milliseconds, which says nothing of a part of an answer.
    return "\n".join(table.rstrip().splitlines()[:-1]).rstrip()


def _object(columns: tuple[str, ...], rows: list[tuple[Any, ...]], took: float) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rendered(Result(columns, rows, round(took, 3)), "json", terminal=False))
    return found
