"""A query of Grafana's ClickHouse data source, which the foundation SDK does not know: SQL from ops/grafana/sql."""

from importlib import resources
from typing import Any

from grafana_foundation_sdk.cog import builder, variants
from grafana_foundation_sdk.models.common import DataSourceRef

DATASOURCE = DataSourceRef(type_val="grafana-clickhouse-datasource", uid="clickhouse")
#: As the data source numbers its formats.
TABLE = 1


def sql(name: str) -> tuple[str, str]:
    """What the comment at the top of sql/{name}.sql says, and the statement below it."""
    lines = (resources.files("ops.grafana") / "sql" / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("--")]
    return " ".join(line.removeprefix("-- ") for line in head), "\n".join(lines[len(head) :])


class ClickHouseQuery(variants.Dataquery):
    """As the data source keeps it in a panel."""

    def __init__(self, statement: str) -> None:
        self.statement = statement

    def to_json(self) -> dict[str, Any]:
        """The fields of its editor for SQL."""
        return {
            "refId": "A",
            "datasource": DATASOURCE.to_json(),
            "editorType": "sql",
            "queryType": "table",
            "format": TABLE,
            "rawSql": self.statement,
        }


class Query(builder.Builder[variants.Dataquery]):
    """Builds the query of sql/{name}.sql."""

    def __init__(self, name: str) -> None:
        self._built = ClickHouseQuery(sql(name)[1])

    def build(self) -> variants.Dataquery:
        """The query."""
        return self._built
