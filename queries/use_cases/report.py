"""What a use case hands over: its steps as they were asked, and the conclusion that its owner acts on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from queries import values
from schemas.errors import UsageError

if TYPE_CHECKING:
    from queries.use_cases.asking import Asking

CENT = Decimal("0.01")
Row = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """A question that was asked: `question` says where it is written, `parameters` those given, not those left as they
    are."""

    title: str
    question: str
    parameters: Mapping[str, object]
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    elapsed_ms: float


@dataclass(frozen=True)
class Chart:
    """Bars: a value for each label; `unit` is "USD", "%" or what is counted."""

    title: str
    unit: str
    bars: list[tuple[str, float]]


@dataclass(frozen=True)
class Conclusion:
    """The list that is acted on, and what to do with it in words."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    sentence: str
    charts: list[Chart] = field(default_factory=list)


@dataclass(frozen=True)
class Knob:
    """A parameter: a type of queries.values, the value it has when none is given, and its bounds (included)."""

    name: str
    type: str
    default: object
    meaning: str
    least: float | None = None
    most: float | None = None

    def read(self, written: object) -> Any:
        """The value of what was written.

        Raises:
            UsageError: it is none of the type, or out of bounds.
        """
        value = values.read(self.name, self.type, written)
        low, high = self.least, self.most
        number = value if isinstance(value, (int, float)) else None
        # Not a number is out of any bounds too.
        if number is not None and not ((low is None or number >= low) and (high is None or number <= high)):
            bounds = [f"at least {low:g}"] * (low is not None) + [f"at most {high:g}"] * (high is not None)
            raise UsageError(f"The parameter '{self.name}' is {written}: expected {' and '.join(bounds)}.")
        return value


@dataclass(frozen=True)
class UseCase:
    """A flow over live data; `whose` is who acts on what it concludes."""

    name: str
    title: str
    whose: str
    knobs: tuple[Knob, ...]
    conclude: Callable[["Asking", Mapping[str, Any]], Conclusion] = field(repr=False)

    def read(self, given: Mapping[str, object]) -> dict[str, Any]:
        """All parameters by name.

        Raises:
            UsageError: one is not known, or its value cannot be.
        """
        known = {knob.name: knob for knob in self.knobs}
        for name in given:
            if name not in known:
                raise UsageError(f"{self.title} has no parameter '{name}'. It has: {', '.join(known)}.")
        return {name: knob.read(given.get(name, knob.default)) for name, knob in known.items()}


@dataclass(frozen=True)
class Report:
    """A use case that was run."""

    case: UseCase
    steps: list[Step]
    conclusion: Conclusion


def money(value: float | Decimal) -> Decimal:
    """USD to the cent."""
    return Decimal(str(value)).quantize(CENT)


def dollars(value: Decimal) -> str:
    """USD as a sentence says it, such as $1,234.50."""
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun, such as '1 customer' or '1,200 customers'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
