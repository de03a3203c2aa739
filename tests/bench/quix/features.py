"""The stock agent's features with the state of a customer as Quix Streams hands it to a function."""

import pickle
from typing import Any

from schemas.topics import INTERACTIONS, TRANSACTIONS
from tests.bench.stock_agent import Customer, StockFeatures

HELD = "customer"


class Seen:
    """The ids of a stream that were counted, as the state of the customer at hand has them."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self.state: Any = None

    def __contains__(self, ident: int) -> bool:
        return bool(self.state.exists(f"{self._stream}{ident}"))

    def add(self, ident: int) -> None:
        """Counted from now on."""
        self.state.set_bytes(f"{self._stream}{ident}", b"")


class QuixFeatures(StockFeatures):
    """Features of one customer at a time, who is taken from the state and put back."""

    def __init__(self) -> None:
        super().__init__()
        self._ids = {topic.stream: Seen(topic.stream) for topic in (TRANSACTIONS, INTERACTIONS)}
        self.seen: Any = self._ids

    def count_in(self, state: Any, record: dict[str, Any]) -> None:
        """Counts an event in its customer's state."""
        for ids in self._ids.values():
            ids.state = state
        self.customers = {record["customer_id"]: held(state)}
        (self.transaction if "transaction_id" in record else self.interaction)(record)
        state.set_bytes(HELD, pickle.dumps(self.customers[record["customer_id"]], pickle.HIGHEST_PROTOCOL))


def held(state: Any) -> Customer:
    """The customer of a state, a new one if there is none."""
    value = state.get_bytes(HELD)
    customer: Customer = Customer() if value is None else pickle.loads(value)  # what this process has put there
    return customer
