"""A mapping file (TOML): which files feed which stream, from which columns, and how their values are written."""

import difflib
import fnmatch
import hashlib
import json
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from producers.replay import forms
from producers.replay.fields import STREAMS, UNIT_PRICE, Stream
from schemas.errors import UsageError

Rounding = Literal["reject", "half-even", "half-up"]


class Feed(BaseModel):
    """How files of one kind feed one stream."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream: Literal["transactions", "interactions", "customers", "products"]
    files: str = "*"
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("", "NULL", "null", "NaN", "nan", "N/A")
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'", "\u00a0", "\u202f"] = ""
    currency: tuple[str, ...] = ()
    unit: Literal["major", "minor"] = "major"
    rounding: Rounding = "reject"
    times: tuple[str, ...] = ("iso",)
    time_zone: str = "UTC"
    refunds: Literal["reject", "negative", "status"] = "reject"
    #: Columns and the values that rows must have in them; others are left out.
    where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int] = Field(default_factory=dict)
    translate: dict[str, dict[str, str]] = Field(default_factory=dict)
    #: Set by the program alone: the files are an export of this project, and mean what they say.
    own_export: bool = False

    @field_validator("times", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("where", mode="before")
    @classmethod
    def _one_or_more_each(cls, value: Any) -> Any:
        return {name: cls._one_or_more(one) for name, one in value.items()} if isinstance(value, dict) else value

    @field_validator("times")
    @classmethod
    def _known_times(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            forms.expect_known(form)
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no such time zone; expected for instance Europe/Berlin") from None
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError:
            raise ValueError("no such encoding; expected for instance utf-8 or cp1252") from None
        return value

    @model_validator(mode="after")
    def _complete(self) -> "Feed":
        known = [field.name for field in self.target.fields]
        known += [UNIT_PRICE.name] if self.stream == "transactions" else []
        for name in (*self.columns, *self.constants, *self.translate):
            if name not in known:
                raise ValueError(f"{self.stream} has no field '{name}'{nearest(name, known)}")
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both '{self.decimal}'")
        given = {*self.columns, *self.constants}
        given |= {"amount"} if UNIT_PRICE.name in given else set()
        for field in self.target.fields:
            if field.default is None and field.name not in given:
                raise ValueError(f"{self.stream} needs '{field.name}' under columns or constants")
        self._expect_words()
        if "refers_to" in self.columns and self.target.own_id not in self.columns:
            raise ValueError("refers_to needs a column for transaction_id, which it points to")
        return self

    def _expect_words(self) -> None:
        for name, words in self.translate.items():
            if name != UNIT_PRICE.name and self.target.field(name).kind == "enum":
                symbols = self.target.symbols(name)
                for meant in words.values():
                    if meant not in symbols:
                        raise ValueError(f"{name} has no word '{meant}' to translate to{nearest(meant, symbols)}")

    @property
    def target(self) -> Stream:
        """The stream."""
        return STREAMS[self.stream]

    @property
    def digest(self) -> str:
        """Changes with anything that changes what its files become."""
        # Without what is usual, so that an option that comes later changes nothing.
        content = json.dumps(self.model_dump(exclude={"files"}, exclude_defaults=True), sort_keys=True)
        return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()

    def takes(self, path: Path) -> bool:
        """Whether a file is of its kind."""
        return fnmatch.fnmatch(path.name, self.files) or fnmatch.fnmatch(str(path), self.files)


class MappingFile(BaseModel):
    """A whole mapping; `namespace` keeps apart ids that other files use for other things."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str = ""
    feed: tuple[Feed, ...] = Field(min_length=1)


def read(path: Path) -> MappingFile:
    """The mapping of a file.

    Raises:
        UsageError: it is no TOML, or says what nobody understands.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is no TOMLDecodeError
        raise UsageError(f"{path} is no TOML: {error}. Correct it, or begin from what --guess prints.") from None
    try:
        return MappingFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{path}: {_explained(first)}. Correct it, or begin from what --guess prints.") from None


def _explained(problem: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    words = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        known = [*MappingFile.model_fields, *(name for name in Feed.model_fields if name != "own_export")]
        return f"unknown key '{place}'{nearest(str(problem['loc'][-1]), known)}"
    given = problem["input"]
    return f"{place}: {words}" if isinstance(given, dict) else f"{place} has the value {given!r}: {words}"


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant, to put behind a message."""
    options = list(known)
    lower = {option.lower(): option for option in options}
    found = difflib.get_close_matches(name.lower(), list(lower), 1, 0.5)
    return f"; did you mean '{lower[found[0]]}'?" if found else f"; expected one of {', '.join(options)}"
