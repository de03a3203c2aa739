"""What the API answers with: the words of the data, typed. Money is text so that no cent is lost, times are UTC."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from schemas.ids import MAX_ENTITY, MAX_SEQUENCE, MAX_SOURCE, SEQUENCE_BITS
from schemas.moments import written

Id = Annotated[int, Field(ge=1, le=MAX_ENTITY)]
EventId = Annotated[int, Field(ge=0, le=MAX_SOURCE << SEQUENCE_BITS | MAX_SEQUENCE)]
Moment = Annotated[
    dt.datetime,
    PlainSerializer(written, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00.000Z"]}),
]
Money = Annotated[
    Decimal,
    PlainSerializer(lambda amount: f"{amount:f}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "description": "USD", "examples": ["129.90"]}),
]


class Record(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class Profile(Record):
    """Who a customer is, by the newest record."""

    customer_id: Id
    name: str
    email: str
    segment: str = Field(description="VIP, Premium, Regular, Basic or New")
    registration_date: dt.date
    acquisition_channel: str
    country: str


class Features(Record):
    """Rolling features, exact at as_of. A window is that many whole UTC hours or days, the one of as_of included."""

    customer_id: Id
    as_of: Moment = Field(description="event time for which they are true")
    segment: str
    first_seen: Moment
    last_seen: Moment
    last_purchase: Moment | None
    orders: int = Field(description="completed purchases ever")
    lifetime_value: Money = Field(description="USD, completed plus refunded")
    active_days: int = Field(description="distinct UTC days with an event")
    purchases_1h: int
    purchases_24h: int
    purchases_7d: int
    purchases_30d: int
    purchases_90d: int
    spend_1h: Money
    spend_24h: Money
    spend_7d: Money
    spend_30d: Money
    spend_90d: Money
    interactions_1h: int
    interactions_24h: int
    interactions_7d: int
    interactions_30d: int
    interactions_90d: int
    views: int
    carts: int
    wishlists: int
    reviews: int
    shares: int
    categories: int = Field(description="distinct categories of completed purchases")
    purchase_rate: float = Field(description="completed purchases a day since first_seen")
    activity_rate: float = Field(description="active days a day of the same time")
    engagement: float = Field(description="0 to 100, halved every 7 days")
    engagement_long: float = Field(description="0 to 100, halved every 90 days")
    engagement_trend: float = Field(description="0 to 1; below 0.5 it falls")
    churn_score: float = Field(description="probability that the customer has dropped out")
    churn_band: str = Field(description="low, medium or high")


class Alert(Record):
    """A churn episode begins (raised) or ends (recovered)."""

    alert_id: str = Field(description="the same for the same customer, tick and kind")
    customer_id: int
    kind: str = Field(description="raised or recovered")
    score: float = Field(description="0 to 1")
    previous_score: float = Field(description="a day before for raised, at the raising for recovered")
    reason: str = Field(description="in words")
    segment: str
    lifetime_value: Money
    as_of: Moment = Field(description="the event-time tick at which it was decided")


class Churn(Record):
    """How likely it is that a customer has dropped out, and why."""

    score: float = Field(description="0 to 1")
    band: str = Field(description="low, medium or high")
    as_of: Moment
    reason: str | None = Field(description="of the alert that is raised and not recovered; null if there is none")
    alert: Alert | None = Field(description="the latest alert, of either kind")


class Event(Record):
    """Something a customer did."""

    kind: Literal["transaction", "interaction"]
    id: EventId
    ts: Moment
    product_id: int
    product: str | None = Field(description="its name; null where the product is not known, or withdrawn")
    what: str = Field(description="status of a transaction, type of an interaction")
    through: str = Field(description="channel of a transaction, device of an interaction")
    amount: Money | None = Field(description="of a transaction, the whole line in USD; negative for a refund")
    quantity: int | None = Field(description="of a transaction")


class Customer(Record):
    """All that is known of a customer."""

    customer_id: Id
    profile: Profile | None = Field(description="null while events are known, but no record yet")
    features: Features | None = Field(description="null until the stream processors have counted an event")
    churn: Churn | None = Field(description="null as long as features are")
    activity: list[Event] = Field(description="the latest events, the newest first")


class SimilarCustomer(Record):
    """A customer who bought the same products."""

    customer_id: Id
    name: str
    segment: str
    shared: int = Field(description="distinct products both have bought")


class Similar(Record):
    """The customers most like one, the most alike first."""

    customer_id: Id
    similar: list[SimilarCustomer]


class RecommendedProduct(Record):
    """A product that a customer may like."""

    product_id: Id
    name: str
    category: str
    brand: str
    price: Money
    score: float = Field(description="the chance, as computed, that the next purchase is this; 0 where it is not known")
    reason: str = Field(description="why, in words")


class Recommended(Record):
    """What a customer may like next, best first, without what they have bought and what is sold out."""

    customer_id: Id
    as_of: Moment = Field(description="until when events count in it; what was bought since is left out all the same")
    source: Literal["own", "segment", "popular"] = Field(
        description="whether it is the customer's own list, what their segment buys, or what everybody does"
    )
    items: list[RecommendedProduct]


class AffineProduct(Record):
    """A product that was bought by the same customers."""

    product_id: Id
    name: str
    category: str
    brand: str
    buyers: int = Field(description="distinct customers who bought both")


class Affinity(Record):
    """What the buyers of a product bought besides, the most bought first."""

    product_id: Id
    bought_besides: list[AffineProduct]


class Alerts(Record):
    """A page of alerts, the newest first."""

    alerts: list[Alert]
    next: str | None = Field(description="the cursor of the next page; null at the end")


class QueryParameter(Record):
    """A parameter of a report or graph question."""

    name: str
    type: str = Field(description="ClickHouse's type of a report's, Cypher's of a graph question's")
    default: str = Field(description="a literal, or @ and what finds it in the data")
    meaning: str


class QueryDescription(Record):
    """A report or graph question."""

    number: int
    name: str
    purpose: str
    parameters: list[QueryParameter]
    columns: dict[str, str] = Field(description="each column's meaning")


class Catalogue(Record):
    """What can be asked for."""

    queries: list[QueryDescription]


class Rows(Record):
    """An answer as a table."""

    name: str
    columns: list[str]
    rows: list[list[Any]] = Field(description="a value for each column; money is text, times are ISO 8601 in UTC")
    source: str | None = Field(description="of a report: rollups, or the rows themselves; null of a graph question")
    complete: bool = Field(description="false while a rollup that a report asks is behind the newest rows")


class Health(Record):
    """Whether the process answers."""

    status: Literal["ok"]


class Readiness(Record):
    """Whether it can answer questions."""

    status: Literal["ready"]
    clickhouse: Literal["answers"]
