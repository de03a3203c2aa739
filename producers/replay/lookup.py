"""Which number stands for an id of the user's own, and the other way round."""

from producers.replay.dictionary import zones
from producers.replay.session import indexed, locked
from schemas.errors import C360Error, UsageError
from schemas.provision import provision
from schemas.settings import Settings


def answer(settings: Settings, asked: str) -> str:
    """`customer=C-0017` or `customer=2147483648`, as the text and the number that belong together.

    Raises:
        UsageError: there are no ids of such a kind.
        C360Error: nobody has been given such an id.
    """
    kind, _, text = asked.partition("=")
    if kind not in zones(1) or not text:
        raise UsageError(f"--who has the value {asked!r}: expected one of {', '.join(zones(1))}, = and an id.")
    with locked(settings) as place, indexed(settings, place, provision(settings)) as (index, log):
        for claims, following in log.read(int(index.get("offset") or b"0")):
            index.apply(claims, following)
        held = index.found(kind, [text]).get(text)
        if held is not None:
            return f"{kind} {text} = {held.number}"
        named = index.texts(kind, [int(text)]) if text.isascii() and text.isdigit() and len(text) < 19 else {}
    if not named:
        raise C360Error(f"No {kind} of a replay has the id or number {text}. A whole number stands for itself.")
    return f"{kind} {named[int(text)]} = {text}"
