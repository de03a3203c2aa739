"""The scalar functions there are: how many values each takes, of what kinds, and what kind it answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from queries.graph.errors import refusal
from queries.graph.scope import Element, packed
from queries.graph.shapes import (
    NUMBERS,
    AnyKind,
    ElementKind,
    Kind,
    ListKind,
    PathKind,
    among,
    is_mixed,
    name_of,
    unify,
)
from queries.graph.syntax import At

TEXT, WHOLE, LIST, ANY = frozenset({"string"}), frozenset({"integer"}), frozenset({"list"}), frozenset[str]()
MOMENT = frozenset({"date", "datetime"})


@dataclass(frozen=True)
class Function:
    """What a function takes, in order (a kind's name for each value, none for any kind), and what it answers."""

    takes: tuple[frozenset[str], ...]
    answer: Callable[[Sequence[Kind]], Kind]
    optional: int = 0


def _gives(kind: Kind) -> Callable[[Sequence[Kind]], Kind]:
    return lambda _: kind


def _same(kinds: Sequence[Kind]) -> Kind:
    return kinds[0]


def _item(kinds: Sequence[Kind]) -> Kind:
    return packed(kinds[0].item) if isinstance(kinds[0], ListKind) else "null"


def _part(kinds: Sequence[Kind]) -> Kind:
    if not isinstance(kinds[0], PathKind):
        return "null"
    return ListKind(ElementKind("relationship", kinds[0].edges), packed=True)


def _stops(kinds: Sequence[Kind]) -> Kind:
    return ListKind(ElementKind("node", kinds[0].nodes), packed=True) if isinstance(kinds[0], PathKind) else "null"


def _key(kinds: Sequence[Kind]) -> Kind:
    kind = kinds[0]
    return Element(kind.name == "node", kind.types).key_kind if isinstance(kind, ElementKind) else "null"


FLOATS = {"ceil", "floor", "sqrt", "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "degrees",
          "radians"}  # fmt: skip
FUNCTIONS: dict[str, Function] = {
    **{name: Function((TEXT,), _gives("string")) for name in ("toupper", "tolower", "trim", "ltrim", "rtrim")},
    **{name: Function((NUMBERS,), _gives("float")) for name in FLOATS},
    "upper": Function((TEXT,), _gives("string")),
    "lower": Function((TEXT,), _gives("string")),
    "replace": Function((TEXT, TEXT, TEXT), _gives("string")),
    "substring": Function((TEXT, WHOLE, WHOLE), _gives("string"), 1),
    "left": Function((TEXT, WHOLE), _gives("string")),
    "right": Function((TEXT, WHOLE), _gives("string")),
    "reverse": Function((TEXT | LIST,), _same),
    "split": Function((TEXT, TEXT), _gives(ListKind("string", packed=True))),
    "tostring": Function((TEXT | NUMBERS | {"boolean", "date"},), _gives("string")),
    "tointeger": Function((TEXT | NUMBERS | {"boolean"},), _gives("integer")),
    "tofloat": Function((TEXT | NUMBERS,), _gives("float")),
    "toboolean": Function((TEXT | WHOLE | {"boolean"},), _gives("boolean")),
    "abs": Function((NUMBERS,), _same),
    "sign": Function((NUMBERS,), _gives("integer")),
    "round": Function((NUMBERS, WHOLE), _gives("float"), 1),
    "atan2": Function((NUMBERS, NUMBERS), _gives("float")),
    "pi": Function((), _gives("float")),
    "e": Function((), _gives("float")),
    "rand": Function((), _gives("float")),
    "coalesce": Function((ANY,), lambda kinds: unify(map(packed, kinds)), 63),
    "size": Function((TEXT | LIST,), _gives("integer")),
    "head": Function((LIST,), _item),
    "last": Function((LIST,), _item),
    "tail": Function((LIST,), lambda kinds: kinds[0]),
    "range": Function((WHOLE, WHOLE, WHOLE), _gives(ListKind("integer")), 1),
    "nodes": Function((frozenset({"path"}),), _stops),
    "relationships": Function((frozenset({"path"}),), _part),
    "rels": Function((frozenset({"path"}),), _part),
    "length": Function((frozenset({"path"}),), _gives("integer")),
    "date": Function((TEXT | MOMENT,), _gives("date"), 1),
    "datetime": Function((TEXT | MOMENT,), _gives("datetime"), 1),
    "timestamp": Function((), _gives("integer")),
    "@type": Function((frozenset({"node", "relationship"}),), _gives("string")),
    "@key": Function((frozenset({"node", "relationship"}),), _key),
    "@source": Function((frozenset({"relationship"}),), _gives("integer")),
    "@target": Function((frozenset({"relationship"}),), _gives("integer")),
    "elementid": Function((frozenset({"node", "relationship"}),), _gives("string")),
}


def expect_arguments(name: str, kinds: Sequence[Kind], at: At | None) -> None:
    """Refuses a function that is not there, or values it does not take."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise refusal(f"The function '{name}' is not supported", at)
    most = len(function.takes) + (function.optional if name == "coalesce" else 0)
    least = len(function.takes) - (0 if name == "coalesce" else function.optional)
    if not least <= len(kinds) <= most:
        counts = str(least) if least == most else f"{least} to {most}"
        noun = "one value" if counts == "1" else f"{counts} values"
        raise refusal(f"The function '{name}' takes {noun}, not {len(kinds)}", at)
    for kind, taken in zip(kinds, function.takes, strict=False):
        if is_mixed(kind) and taken >= {name_of(member) for member in among(kind)}:
            continue
        if taken and (isinstance(kind, AnyKind) or name_of(kind) not in taken | {"null", "any"}):
            raise refusal(f"The function '{name}' takes {' or '.join(sorted(taken))}, not {name_of(kind)}", at)


def answer_of(name: str, kinds: Sequence[Kind]) -> Kind:
    """The kind a function answers; null where a value is null for certain."""
    if name not in FUNCTIONS:
        return "any"
    if name != "coalesce" and "null" in kinds:
        return "null"
    if name != "coalesce" and any(map(is_mixed, kinds)):
        return unify(FUNCTIONS[name].answer(own) for own in product(*map(among, kinds)))
    return FUNCTIONS[name].answer(kinds)
