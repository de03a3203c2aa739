"""The SQL of Grafana's panels on a small shop whose figures are known by heart, and on an empty one."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ops.grafana.clickhouse import sql
from queries.database import EXACT
from tests.integration.queries.engine import ChildDatabase, child_database
from tests.integration.queries.rolled import make_rollups, roll_up

NAMES = sorted(path.stem for path in (Path(__file__).parents[3] / "ops" / "grafana" / "sql").glob("*.sql"))
#: One row where there is nothing: figures of all.
FIGURES = {
    "customers", "revenue", "purchases", "average_order", "refund_share", "buyers_share", "recovered_share", "at_risk",
}  # fmt: skip

SHOP = (
    """INSERT INTO customers SELECT number + 1, 'n', 'e', ['VIP', 'Basic', 'Basic', 'New'][number + 1],
       '2025-01-05', ['organic', 'email'][number % 2 + 1], 'DE', 1, 0 FROM numbers(4)""",
    """INSERT INTO products
       SELECT number + 1, 'p', ['Books', 'Home'][number + 1], 'b', 10, 5, '2024-01-01', 1, 0 FROM numbers(2)""",
    """INSERT INTO transactions VALUES
       (1, 1, 1, 30, 1, 'web', 'completed', NULL, '2025-01-10 00:00:00'),
       (2, 1, 2, 50, 1, 'web', 'completed', NULL, '2025-02-10 00:00:00'),
       (3, 2, 1, 20, 1, 'web', 'completed', NULL, '2025-01-11 00:00:00'),
       (4, 2, 1, -20, 1, 'web', 'refunded', 3, '2025-02-12 00:00:00'),
       (5, 3, 2, 99, 1, 'web', 'cancelled', NULL, '2025-02-13 00:00:00')""",
    """INSERT INTO interactions VALUES (1, 1, 1, 'view', 5, 'web', 1, '2025-01-09 00:00:00'),
       (2, 1, 1, 'cart', 5, 'web', 1, '2025-02-09 00:00:00'), (3, 2, 1, 'view', 5, 'web', 1, '2025-02-09 00:00:00')""",
    """INSERT INTO customer_features (customer_id, segment, churn_score, churn_band, lifetime_value)
       VALUES (1, 'VIP', 0.93, 'high', 80), (2, 'Basic', 0.02, 'low', 0), (3, 'Basic', 1, 'high', 0)""",
    """INSERT INTO churn_alerts VALUES
       ('a', 1, 'raised', 0.9, 0.1, 'silent 9 days, usually active every day', 'VIP', 80, '2025-02-20 10:00:00'),
       ('b', 1, 'recovered', 0.1, 0.9, 'back after 10 days of silence', 'VIP', 80, '2025-02-21 10:00:00'),
       ('c', 3, 'raised', 1, 0.5, 'silent 40 days, usually active every 12 days', 'Basic', 0, '2025-02-21 11:00:00')""",
)
EXPECTED: dict[str, list[tuple[Any, ...]]] = {
    "customers": [(4,)],
    "revenue": [(Decimal(80),)],
    "purchases": [(3,)],
    "average_order": [(pytest.approx(100 / 3),)],
    "refund_share": [(0.2,)],
    "buyers_share": [(0.5,)],
    "revenue_by_month": [("2025-01", Decimal(50), Decimal(0)), ("2025-02", Decimal(30), Decimal(20))],
    "buyers_by_month": [("2025-01", 2, 2), ("2025-02", 1, 1)],
    "interactions_by_month": [("2025-01", 1, 0, 0, 0, 0), ("2025-02", 1, 1, 0, 0, 0)],
    "channels_by_month": [("2025-01", 2, 0, 0, 2, 0, 0)],
    "cohorts": [("2025-01", 2, 1, 0.5, None, None, None, None, None)],
    "brands": [("b", Decimal(80))],
    "bands": [("Basic", 1, 0, 1), ("VIP", 0, 0, 1)],
    "scores": [("0", 1), ("0.9", 1), ("0.95", 1)],
    "value_at_risk": [("VIP", 1, Decimal(80)), ("Basic", 1, Decimal(0))],
    "alerts_by_segment": [("2025-02-20", 1, 0, 0, 0, 0), ("2025-02-21", 0, 0, 0, 1, 0)],
    "alerts_by_reason": [("daily", 0, 1, 0, 0), ("monthly", 0, 0, 1, 0)],
    "recoveries": [("2025-02-20", 1, 0), ("2025-02-21", 1, 1)],
    "recovered_share": [(0.5,)],
    "at_risk": [(1,)],
}


@pytest.fixture(scope="module")
def empty() -> Iterator[ChildDatabase]:
    with child_database() as database:
        make_rollups(database)
        yield database


@pytest.fixture(scope="module")
def shop() -> Iterator[ChildDatabase]:
    with child_database() as database:
        make_rollups(database)
        for statement in SHOP:
            database.execute(statement)
        roll_up(database)
        yield database


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_has_rows_and_its_description_is_a_sentence(shop: ChildDatabase, name: str) -> None:
    description, statement = sql(name)
    assert description.endswith(".")
    rows = shop.query(statement, {}, EXACT).rows
    assert rows
    if name in EXPECTED:
        assert rows == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_where_there_is_nothing_yet_a_panel_is_empty_or_zero(empty: ChildDatabase, name: str) -> None:
    rows = empty.query(sql(name)[1], {}, EXACT).rows
    assert rows == ([(0,)] if name in FIGURES else [])
