"""What names of columns, and words in them, mean in the files of other systems: by synonyms.toml."""

import functools
import re
import tomllib
import unicodedata
from importlib import resources
from typing import Any

import polars as pl

from producers.replay import values

SALE = "sale"


def columns(stream: str, names: list[str]) -> dict[str, str]:
    """The columns, of those with these names, that may be a stream's fields; by field."""
    # 'Amount (EUR)' is an amount, unless there is an 'Amount' besides.
    known = {bare(re.sub(r"\(.*?\)", "", name)): name for name in reversed(names)}
    # 'user_uuid' is a user's id, unless there is a 'user_id' besides.
    known |= {
        re.sub(r"[ug]uid$", "id", one): name for one, name in known.items() if re.search(r"[ug]uid$", one)
    } | known
    known |= {bare(name): name for name in reversed(names)}
    out = {}
    for item, others in table()[stream].items():
        column = next((known[one] for one in (item.replace("_", ""), *others) if one in known), None)
        if column is not None:
            out[item] = column
    if "quantity" in out and "unit_price" not in out and (column := _price(known)):
        out["unit_price"] = column
    elif stream == "transactions" and "amount" not in out and (column := _price(known)):
        out["amount"] = column
    return out


def _price(known: dict[str, str]) -> str | None:
    """The column that is called price, and nothing more."""
    return next((known[one] for one in table()["prices"]["amount"] if one in known), None)


def kinds(acted: dict[str, str], sample: pl.DataFrame) -> dict[str, str]:
    """What each word in the column of kinds means: an interaction, a sale, or nothing that is known."""
    if "type" not in acted:
        return {}
    known = {one: meant for meant, texts in table()["words"]["type"].items() for one in texts}
    known |= dict.fromkeys(table()["sales"]["type"], SALE)
    return {text: known.get(word(text), "") for text in distinct(sample[acted["type"]])}


def distinct(column: pl.Series) -> list[str]:
    """The texts of a column, each once, in order."""
    return [text for text in values.as_text(column).drop_nulls().unique(maintain_order=True).to_list() if text.strip()]


def word(text: str) -> str:
    """A word as the synonyms have it; WooCommerce puts its initials before each."""
    return re.sub(r"[0-9]", "", bare(text.lower().removeprefix("wc-")))


def bare(text: str) -> str:
    """Without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ß", "ss").replace("ø", "o"))
    return re.sub(r"[^a-z0-9]", "", plain)


@functools.cache
def table() -> dict[str, Any]:
    """All of them."""
    return tomllib.loads((resources.files("producers") / "replay" / "synonyms.toml").read_text(encoding="utf-8"))
