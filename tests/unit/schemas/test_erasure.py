"""Where erased customers leave something behind, and how it is asked who still does."""

from types import SimpleNamespace
from typing import Any

from clickhouse_connect.driver.client import Client

from schemas.erasure import Place, left, places
from schemas.settings import Settings


class Asked:
    """A client that keeps what it is asked."""

    def __init__(self) -> None:
        self.questions: list[tuple[str, dict[str, Any]]] = []

    def query(self, sql: str, parameters: dict[str, Any]) -> SimpleNamespace:
        self.questions.append((sql, parameters))
        return SimpleNamespace(result_rows=[(18,), (17,)])


def test_a_place_is_asked_for_the_customers_that_are_meant() -> None:
    client = Asked()
    given: Client = client  # type: ignore[assignment]  # it is asked for query() alone
    assert left(given, Place("churn_alerts", "customer_id", "1"), "{ids:Array(UInt32)}", {"ids": [17, 18]}) == [17, 18]
    ((sql, parameters),) = client.questions
    assert "FROM churn_alerts\nWHERE customer_id IN ({ids:Array(UInt32)}) AND 1\n" in sql
    assert sql.rstrip().endswith("SETTINGS final = 0")
    assert parameters == {"ids": [17, 18]}


def test_a_cluster_has_no_rollups_and_nothing_else_less() -> None:
    one, spread = places(Settings()), places(Settings(clickhouse_cluster="shop"))
    assert [place for place in one if place not in spread] == [Place("rollup_customer_snapshots", "customer_id", "1")]
    assert [place for place in spread if place not in one] == []
