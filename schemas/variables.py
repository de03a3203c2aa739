"""The variables that settings are given by: their names, what they may be, and the file they may stand in."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, MinLen
from pydantic.fields import FieldInfo

from schemas.errors import SettingError

PREFIX = "C360_"
#: The test suite's own.
TESTS = "C360_TEST_"
LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
WEB = r"^(https?://\S+)?$"
BOLT = r"^((bolt|neo4j)(\+s|\+ssc)?://\S+)?$"
#: What a pattern asks for, in words; of another, the pattern is said.
FORMS = {
    WEB: "a URL that begins with http:// or https://",
    BOLT: "a URL that begins with bolt:// or neo4j://",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "letters, digits and _, no digit first",
    r"^[A-Za-z0-9._-]*$": "letters, digits, dots, _ and -",
}
#: What a number is in, by the end of its name; other numbers count things.
UNITS = {"_rows_per_second": "rows/s", "_seconds": "s", "_ms": "ms", "_bytes": "bytes"}
KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
    Path: "a path",
    dict[str, str]: "a JSON object of texts",
}


def variable(field: str) -> str:
    """The variable of a field of Settings."""
    return PREFIX + field.upper()


def allowed(name: str, field: FieldInfo) -> str:
    """What a field of Settings may be, in words, the unit that its name ends with among them."""
    unit = next((unit for suffix, unit in UNITS.items() if name.endswith(suffix)), "")
    return " ".join(part for part in (_kind(field), _bounds(field), unit) if part)


def _kind(field: FieldInfo) -> str:
    patterns = [pattern for one in field.metadata if (pattern := getattr(one, "pattern", None))]
    if patterns:
        return FORMS.get(patterns[0], f"text that matches {patterns[0]}")
    if get_origin(field.annotation) is Literal:
        return " or ".join(map(str, get_args(field.annotation)))
    return KINDS[field.annotation]


def _bounds(field: FieldInfo) -> str:
    least = next((one.ge for one in field.metadata if isinstance(one, Ge)), None)
    most = next((one.le for one in field.metadata if isinstance(one, Le)), None)
    above = next((one.gt for one in field.metadata if isinstance(one, Gt)), None)
    if least is not None and most is not None:
        return f"from {least} to {most}"
    if least is not None:
        return f"from {least} on"
    if above is not None:
        return f"above {above}" if most is None else f"above {above} up to {most}"
    return "that is not empty" if any(isinstance(one, MinLen) for one in field.metadata) else ""


def refuse_unknown(given: Iterable[str], known: Iterable[str], place: str = "") -> None:
    """Lets names pass that are settings, or not ours at all.

    Raises:
        SettingError: one has our prefix and is no setting: it would do nothing, and nobody would know.
    """
    known = sorted(known)
    for name in sorted(given):
        upper = name.upper()
        if upper in known or not upper.startswith(PREFIX) or upper.startswith(TESTS):
            continue
        near = difflib.get_close_matches(upper, known, n=1)
        advice = f"Did you mean {near[0]}?" if near else "Unset it."
        raise SettingError(f"{name}{place} is no setting. {advice} docs/settings.md lists them all.")


def named_in_file(path: Path) -> Mapping[str, str]:
    """The names that a file of NAME=value lines gives, and the lines they stand in; comments begin with #.

    Raises:
        SettingError: it cannot be read, or a line is none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise SettingError(f"C360_SETTINGS_FILE has the value '{path}': {why}. Correct it or unset it.") from None
    named = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.match(line.strip())
        if match is None:
            # The line itself may be a password that lost its name.
            raise SettingError(f"Line {number} of {path} is no NAME=value. Correct it, or begin it with #.")
        named[match[1]] = line
    return named
