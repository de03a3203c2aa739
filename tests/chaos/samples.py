"""Records that chaos sends itself: purchases, and customers and products as they are laid."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

REGISTERED = datetime(2025, 10, 1, tzinfo=UTC).date()


def transaction(ident: int, customer: int, when: datetime) -> dict[str, Any]:
    """A purchase of this id."""
    return {
        "transaction_id": ident,
        "customer_id": customer,
        "product_id": 1,
        "amount": Decimal("10.50"),
        "quantity": 1,
        "channel": "web",
        "status": "completed",
        "refers_to": None,
        "ts": when,
    }


def customer(number: int) -> dict[str, Any]:
    """A customer of this number, at the first version."""
    return {
        "customer_id": number,
        "name": "Who is asked for",
        "email": "asked@example.com",
        "segment": "Regular",
        "registration_date": REGISTERED,
        "acquisition_channel": "organic",
        "country": "AT",
        "version": 1,
        "deleted": False,
    }


def product(number: int) -> dict[str, Any]:
    """A product of this number, at the first version."""
    return {
        "product_id": number,
        "name": "What is not for sale",
        "category": "None",
        "brand": "None",
        "price": Decimal("1.00"),
        "stock_quantity": 1,
        "launch_date": REGISTERED,
        "version": 1,
        "deleted": False,
    }
