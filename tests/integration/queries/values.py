"""Values for the parameters that queries name, such that small worlds have answers for them."""

import datetime as dt
from typing import Any

VALUES: dict[str, Any] = {
    "customer_id": 2,
    "product_id": 1,
    "limit": 5,
    "seg": "VIP",
    "ids": [1, 2, 3, 9],
    "segment": "VIP",
    "segments": ["VIP", "Premium", "Basic"],
    "category": "Home",
    "missing": "Books",
    "min_price": 0.0,
    "max_price": 800.0,
    "min_purchases": 2,
    "max_purchases": 3,
    "t": dt.datetime(2025, 3, 1, tzinfo=dt.UTC),
}
