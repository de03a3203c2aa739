"""The world's parameters, read from parameters.toml, and the digest by which a world is known."""

import functools
import hashlib
import tomllib
from importlib import resources
from typing import Any

Parameters = dict[str, Any]


@functools.cache
def text() -> str:
    """parameters.toml as it is."""
    return (resources.files("producers.world") / "parameters.toml").read_text(encoding="utf-8")


@functools.cache
def parameters() -> Parameters:
    """parameters.toml, parsed; not to be changed."""
    return tomllib.loads(text())


@functools.cache
def digest() -> str:
    """Twelve hex digits that change with any value of the file, not with its comments."""
    return hashlib.blake2b(repr(parameters()).encode(), digest_size=6).hexdigest()
