"""What a mapping may feed: the fields of each stream, how they are read, and what stands where none is given."""

from dataclasses import dataclass
from typing import Literal

from schemas.records import symbols
from schemas.topics import CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic

Kind = Literal[
    "event", "customer", "product", "session", "refers", "money", "whole", "enum", "time", "date", "text", "bool"
]


@dataclass(frozen=True)
class Field:
    """One field; `default` is the value of rows that have none, None where it must be given."""

    name: str
    kind: Kind
    default: str | None = ""
    #: Words an enum does not know become UNKNOWN; of a strict one the row is rejected, as it decides what counts.
    strict: bool = False


@dataclass(frozen=True)
class Stream:
    """One stream that files may feed."""

    topic: Topic
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """Its name without the prefix."""
        return self.topic.stream

    @property
    def own_id(self) -> str:
        """The field that identifies a record."""
        return self.fields[0].name

    @property
    def is_events(self) -> bool:
        """Whether its records are events, dated by `ts`."""
        return self.fields[0].kind == "event"

    def field(self, name: str) -> Field:
        """A field by its name."""
        return next(item for item in self.fields if item.name == name)

    def symbols(self, name: str) -> list[str]:
        """The words of an enum."""
        return symbols(self.topic.record, name)


STREAMS = {
    stream.name: stream
    for stream in (
        Stream(
            TRANSACTIONS,
            (
                Field("transaction_id", "event"),
                Field("customer_id", "customer", None),
                Field("product_id", "product", None),
                Field("amount", "money", None),
                Field("quantity", "whole", "1"),
                Field("channel", "enum", "UNKNOWN"),
                Field("status", "enum", "completed", strict=True),
                Field("refers_to", "refers"),
                Field("ts", "time", None),
            ),
        ),
        Stream(
            INTERACTIONS,
            (
                Field("interaction_id", "event"),
                Field("customer_id", "customer", None),
                Field("product_id", "product", None),
                Field("type", "enum", None, strict=True),
                Field("duration_seconds", "whole", "0"),
                Field("device", "enum", "UNKNOWN"),
                Field("session_id", "session", "0"),
                Field("ts", "time", None),
            ),
        ),
        Stream(
            CUSTOMERS,
            (
                Field("customer_id", "customer", None),
                Field("name", "text"),
                Field("email", "text"),
                Field("segment", "enum", "UNKNOWN"),
                Field("registration_date", "date"),
                Field("acquisition_channel", "enum", "UNKNOWN"),
                Field("country", "text", "ZZ"),
                Field("version", "whole", "1"),
                Field("deleted", "bool", "false"),
            ),
        ),
        Stream(
            PRODUCTS,
            (
                Field("product_id", "product", None),
                Field("name", "text"),
                Field("category", "text", "UNKNOWN"),
                Field("brand", "text", "UNKNOWN"),
                Field("price", "money", "0"),
                Field("stock_quantity", "whole", "0"),
                Field("launch_date", "date"),
                Field("version", "whole", "1"),
                Field("deleted", "bool", "false"),
            ),
        ),
    )
}
#: Price of one: a transaction's amount is then this times its quantity.
UNIT_PRICE = Field("unit_price", "money")
