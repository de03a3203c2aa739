"""Panels as the dashboards need them: each with a title, a unit, a description and queries."""

from typing import Any, TypeVar

from grafana_foundation_sdk.builders import barchart, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models.common import (
    DataSourceRef,
    GraphThresholdsStyleMode,
    StackingMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from ops.grafana.clickhouse import DATASOURCE, Query, sql

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")
HEIGHT = 8
THIRD, HALF, WHOLE, SIXTH = 8, 12, 24, 4

P = TypeVar("P", bound=Any)


def lines(title: str, description: str, unit: str, *queries: tuple[str, str], span: int = THIRD) -> timeseries.Panel:
    """Series over time; `queries` are PromQL with the legend of each series."""
    return _asked(_framed(timeseries.Panel().min(0), title, description, unit, span), queries)


def bounded(
    title: str, description: str, unit: str, bar: float, *queries: tuple[str, str], span: int = THIRD
) -> timeseries.Panel:
    """Series over time, with a line at the bar above which an alert fires."""
    steps = [Threshold(value=None, color="green"), Threshold(value=bar, color="red")]
    return (
        lines(title, description, unit, *queries, span=span)
        .thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.DASHED))
    )


def number(title: str, description: str, unit: str, expression: str, *, bad_above: float | None = None) -> stat.Panel:
    """One figure of now; red above a bound."""
    panel = _framed(stat.Panel(), title, description, unit, SIXTH).height(HEIGHT // 2)
    if bad_above is not None:
        steps = [Threshold(value=None, color="green"), Threshold(value=bad_above, color="red")]
        panel = panel.thresholds(dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    return _asked(panel, ((expression, ""),))


def quantiles(title: str, description: str, *queries: tuple[str, str]) -> table.Panel:
    """A table of seconds, a row for each query by name; `queries` are PromQL with the heading of their column."""
    panel = _framed(table.Panel(), title, description, "s", WHOLE).datasource(PROMETHEUS)
    for at, (expression, heading) in enumerate(queries):
        reference = chr(ord("A") + at)
        panel = panel.with_target(
            prometheus.Dataquery().expr(expression).instant().format(PromQueryFormat.TABLE).ref_id(reference)
        ).override_by_name(f"Value #{reference}", [DynamicConfigValue("displayName", heading)])
    hidden = {"excludeByName": {"Time": True}}
    return panel.transformations(
        [DataTransformerConfig("merge", options={}), DataTransformerConfig("organize", options=hidden)]
    )


def sql_bars(
    title: str, name: str, unit: str, span: int = HALF, *, upright: bool = False, stacked: bool = False
) -> barchart.Panel:
    """Bars from sql/{name}.sql: a column of words, then one for each bar."""
    way = VizOrientation.VERTICAL if upright else VizOrientation.HORIZONTAL
    panel = _stored(barchart.Panel(), title, name, unit, span).orientation(way)
    return panel.stacking(StackingMode.NORMAL) if stacked else panel


def sql_table(title: str, name: str, unit: str, span: int = HALF, units: dict[str, str] | None = None) -> table.Panel:
    """Rows of sql/{name}.sql; `units` by column where it is not that of the others."""
    panel = _stored(table.Panel(), title, name, unit, span)
    for column, other in (units or {}).items():
        panel = panel.override_by_name(column, [DynamicConfigValue("unit", other)])
    return panel


def sql_number(title: str, name: str, unit: str) -> stat.Panel:
    """The one value of sql/{name}.sql."""
    return _stored(stat.Panel(), title, name, unit, SIXTH).height(HEIGHT // 2)


def _framed(panel: P, title: str, description: str, unit: str, span: int) -> P:
    framed: P = panel.title(title).description(description).unit(unit).span(span).height(HEIGHT)
    return framed


def _asked(panel: P, queries: tuple[tuple[str, str], ...]) -> P:
    asked = panel.datasource(PROMETHEUS)
    for at, (expression, legend) in enumerate(queries):
        query = prometheus.Dataquery().expr(expression).range().legend_format(legend).ref_id(chr(ord("A") + at))
        asked = asked.with_target(query)
    whole: P = asked
    return whole


def _stored(panel: P, title: str, name: str, unit: str, span: int) -> P:
    framed = _framed(panel, title, sql(name)[0], unit, span)
    stored: P = framed.datasource(DATASOURCE).with_target(Query(name))
    return stored
