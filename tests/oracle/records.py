"""Records by hand, as a producer would send them: one call each, with defaults for what a case is not about."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from schemas import wire
from schemas.records import schema
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic
from tests.support.installation import Sent

DAY = dt.date(2024, 1, 15)


@dataclass
class Records:
    """What is to be sent, in this order; `ids` are the schemas' ids by stream."""

    ids: dict[str, int]
    sent: list[Sent] = field(default_factory=list)
    events: int = 0

    def customer(self, number: int, segment: str = "VIP", **more: Any) -> None:
        """A version of a customer: the next one unless `version` is given."""
        record = {
            "customer_id": number, "name": f"Name {number}", "email": f"{number}@example.org", "segment": segment,
            "registration_date": DAY, "acquisition_channel": "organic", "country": "DE", "version": len(self.sent),
            "deleted": False, **more,
        }  # fmt: skip
        self._add(CUSTOMERS, number, record, dt.datetime(2024, 1, 1, tzinfo=dt.UTC))

    def product(self, number: int, category: str = "Home", brand: str = "Ikea", **more: Any) -> None:
        """A version of a product: the next one unless `version` is given."""
        record = {
            "product_id": number, "name": f"Thing {number}", "category": category, "brand": brand,
            "price": Decimal("9.99"), "stock_quantity": number, "launch_date": DAY, "version": len(self.sent),
            "deleted": False, **more,
        }  # fmt: skip
        self._add(PRODUCTS, number, record, dt.datetime(2024, 1, 1, tzinfo=dt.UTC))

    def erase(self, number: int) -> None:
        """A customer is deleted: the record that says so, and the tombstone for compaction."""
        self.customer(number, name="", email="", deleted=True)
        self.sent.append((CUSTOMERS, str(number).encode(), None, self.sent[-1][3]))

    def buy(
        self, customer: int, product: int, when: dt.datetime, amount: str = "10.00", status: str = "completed",
        quantity: int = 1,
    ) -> int:  # fmt: skip
        """A purchase line, refund (with a negative amount) or cancelled purchase; its id."""
        self.events += 1
        record = {
            "transaction_id": self.events, "customer_id": customer, "product_id": product, "amount": Decimal(amount),
            "quantity": quantity, "channel": "web", "status": status, "refers_to": None, "ts": when,
        }  # fmt: skip
        self._add(TRANSACTIONS, customer, record, when)
        return self.events

    def refund(self, customer: int, product: int, when: dt.datetime, amount: str = "-10.00") -> int:
        """Money taken back."""
        return self.buy(customer, product, when, amount, "refunded")

    def act(self, customer: int, product: int, when: dt.datetime, kind: str = "view", seconds: int = 5) -> int:
        """An interaction; its id."""
        self.events += 1
        record = {
            "interaction_id": self.events, "customer_id": customer, "product_id": product, "type": kind,
            "duration_seconds": seconds, "device": "mobile", "session_id": 1, "ts": when,
        }  # fmt: skip
        self._add(INTERACTIONS, customer, record, when)
        return self.events

    def _add(self, topic: Topic, key: int, record: dict[str, Any], when: dt.datetime) -> None:
        value = wire.encode(record, schema(topic.record), self.ids[topic.stream])
        self.sent.append((topic, str(key).encode(), value, round(when.timestamp() * 1000)))
