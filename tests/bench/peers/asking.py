"""What a peer is to the bench: something that answers Cypher, and what may come of it."""

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib import resources
from pathlib import Path
from typing import Any

from tests.bench.peers.export import Answer

Rows = list[tuple[Any, ...]]
#: A text and its parameters; gives the names of the columns and the rows.
Ask = Callable[[str, Mapping[str, Any]], tuple[tuple[str, ...], Rows]]
#: With the graph of a share loaded into a folder, and so many seconds for a question.
Open = Callable[[Answer, Path, int, float], AbstractContextManager[Ask]]


class SlowError(Exception):
    """A question took longer than it may."""


class RefusedError(Exception):
    """A peer could not answer; the message is its own, in one line."""


def form(peer: str, number: int) -> str:
    """A question in the form that is best for a peer: tests/bench/peers/{peer}/{number}.cypher."""
    return _text(peer, f"{number:02}")


def statements(peer: str, name: str) -> list[str]:
    """The statements of tests/bench/peers/{peer}/{name}.cypher."""
    return [part.strip() for part in _text(peer, name).split(";\n") if part.strip()]


def parameters(text: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given that a text names; peers refuse any more."""
    return {name: given[name] for name in re.findall(r"\$(\w+)", text)}


def _text(peer: str, name: str) -> str:
    return (resources.files("tests.bench.peers") / peer / f"{name}.cypher").read_text(encoding="utf-8")
