"""Values for the parameters that queries name, such that small worlds have answers for them."""

import datetime as dt
from decimal import Decimal
from typing import Any

VALUES: dict[str, Any] = {
    "customer_id": 2,
    "product_id": 1,
    "limit": 5,
    "seg": "VIP",
    "ids": [1, 2, 3, 9],
    "segment": "VIP",
    "none": [],
    "segments": ["VIP", "Premium", "Basic"],
    "category": "Home",
    "missing": "Books",
    "min_price": 0.0,
    "max_price": 800.0,
    "min_purchases": 2,
    "max_purchases": 3,
    "fee": Decimal("120.25"),
    "fees": [Decimal("120.25"), Decimal(40)],
    "rates": [120.25, 80.0],
    "mixed": [Decimal("120.25"), 80.5],
    "numbers": [Decimal("120.25"), 80.5, 40, 3],
    "offer": {"price": Decimal("120.25"), "rate": 0.5},
    "t": dt.datetime(2025, 3, 1, tzinfo=dt.UTC),
}
