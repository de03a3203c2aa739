"""Files as other systems write them, small: none of them looks like ours."""

import gzip
from decimal import Decimal
from pathlib import Path

import polars as pl

UCI_MAPPING = """
[[feed]]
stream = "transactions"
files = "retail*.csv"
delimiter = ";"
encoding = "cp1252"
decimal = ","
thousands = "."
times = "%d.%m.%Y %H:%M"
time_zone = "Europe/London"
refunds = "negative"
[feed.columns]
customer_id = "CustomerID"
product_id = "StockCode"
unit_price = "UnitPrice"
quantity = "Quantity"
ts = "InvoiceDate"

[[feed]]
stream = "customers"
files = "retail*.csv"
delimiter = ";"
encoding = "cp1252"
[feed.columns]
customer_id = "CustomerID"
country = "Country"
[feed.translate.country]
"United Kingdom" = "GB"
"Österreich" = "AT"
"""

WEB_MAPPING = """
[[feed]]
stream = "transactions"
files = "orders*"
times = "epoch_ms"
unit = "minor"
refunds = "status"
[feed.columns]
transaction_id = "id"
customer_id = "user"
product_id = "sku"
amount = "cents"
status = "state"
refers_to = "of"
ts = "at"
[feed.translate.status]
paid = "completed"
returned = "refunded"
void = "cancelled"

[[feed]]
stream = "interactions"
files = "clicks*"
times = "epoch_s"
[feed.columns]
customer_id = "user"
product_id = "sku"
type = "what"
session_id = "session"
ts = "at"
[feed.translate.type]
seen = "view"
basket = "cart"

[[feed]]
stream = "customers"
files = "users*"
[feed.columns]
customer_id = "user"
name = "who"
segment = "tier"
registration_date = "since"

[[feed]]
stream = "products"
files = "goods*"
unit = "minor"
[feed.columns]
product_id = "sku"
name = "title"
category = "shelf"
brand = "maker"
price = "cents"
"""

#: 2026-01-05 00:00 UTC, ms.
BEGIN = 1_767_571_200_000
DAY = 86_400_000


def retail(folder: Path, rows: int = 400) -> list[Path]:
    """Like the UCI's online retail: latin-1, semicolons, decimal comma, invoices of several lines, no ids of lines."""
    lines = ["InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country"]
    for row in range(rows):
        country = "Österreich" if row % 7 else "United Kingdom"
        sign, price = ("-", "12,50") if row % 40 == 39 else ("", f"1.0{row % 90 + 10},{row % 100:02}")
        at = f"{row % 28 + 1:02}.{row % 3 + 2:02}.2025 {row % 24:02}:{row % 60:02}"
        lines.append(f"{5000 + row // 3};S{row % 23}A;Weiß;{sign}{row % 5 + 1};{at};{price};C-{row % 31:04};{country}")
    lines += ["9999;S1A;Weiß;1;31.02.2025 10:00;1,00;C-0001;Österreich", "9999;S1A;too;few"]
    lines += ["9999;S1A;Weiß;1;30.03.2025 01:30;1,00;C-0001;Österreich"]  # the clocks went forward over it
    halves = {"retail-1.csv": lines[: rows // 2], "retail-2.csv": [lines[0], *lines[rows // 2 :]]}
    for name, part in halves.items():
        (folder / name).write_bytes(("\n".join(part) + "\n").encode("cp1252"))
    return [folder / name for name in halves]


def user(number: int) -> str:
    """A UUID."""
    return f"00000000-0000-4000-8000-{number:012x}"


def shop(folder: Path, rows: int = 3000) -> list[Path]:
    """A web shop's dump: UUIDs, cents, milliseconds, no quantities; gzip, zstd and Parquet."""
    orders = ["id,user,sku,cents,state,of,at"]
    for row in range(rows):
        at = BEGIN + row * 60 * DAY // rows
        # Two orders of each customer follow one another, of products that go together.
        line = f"{user(row // 2 * 7 % 300)},p{row % 40},{row % 90_000 + 99}"
        orders.append(f"o-{row:05},{line},paid,,{at}")
        if row % 50 == 0:
            orders.append(f"r-{row:05},{line},returned,o-{row:05},{at}")
    (folder / "orders.csv.gz").write_bytes(gzip.compress(("\n".join(orders) + "\n").encode(), mtime=0))
    clicks = pl.DataFrame(
        {
            "user": [user(row % 300) for row in range(rows)],
            "sku": [f"p{row % 40}" for row in range(rows)],
            "what": [("seen", "seen", "basket", "wishlist", "review", "share")[row % 6] for row in range(rows)],
            "session": [f"s{row // 3}" for row in range(rows)],
            "at": [(BEGIN + row * 60 * DAY // rows) // 1000 for row in range(rows)],
        }
    )
    clicks.with_columns(extra=pl.struct("user", "sku")).write_parquet(folder / "clicks.parquet")
    tiers = ("VIP", "Premium", "Regular", "Basic")
    users = [f"{user(row)},Name {row},{tiers[row % 4]},2025-{row % 12 + 1:02}-01" for row in range(300)]
    (folder / "users.csv").write_text("\n".join(["user,who,tier,since", *users]) + "\n", encoding="utf-8")
    goods = [f"p{row},Title {row},Shelf {row % 4},Maker {row % 5},{row * 100 + 99}" for row in range(40)]
    (folder / "goods.csv").write_text("\n".join(["sku,title,shelf,maker,cents", *goods]) + "\n", encoding="utf-8")
    return [folder / name for name in ("orders.csv.gz", "clicks.parquet", "users.csv", "goods.csv")]


def takings(folder: Path, rows: int = 200) -> tuple[Path, Decimal]:
    """A till's list, cp1252: who, when and how much, no products, quantities or ids of lines. And what it comes to."""
    lines, total = ["Kundennummer;Belegdatum;Betrag;Zahlart"], Decimal(0)
    for row in range(rows):
        cents = (row * 7919 % 200_000 + 100) * (-1 if row % 25 == 24 else 1)
        total += Decimal(cents) / 100
        whole, rest = divmod(abs(cents), 100)
        amount = f"{'-' if cents < 0 else ''}{f'{whole:,}'.replace(',', '.')},{rest:02}"
        lines.append(f"K-{row % 17:05};{row % 28 + 1:02}.{row % 2 + 1:02}.2026 {row % 24:02}:05;{amount} €;Geldbörse")
    path = folder / "kasse.csv"
    path.write_bytes(("\n".join(lines) + "\n").encode("cp1252"))
    return path, total


def ledger(folder: Path, months: int = 240) -> Path:
    """A society's book of twenty years, a line a month, under the contract's own names of columns."""
    lines = [
        f"member {month % 9},fee,{month + 1}.50,{2001 + month // 12}-{month % 12 + 1:02}-15T12:00:00Z"
        for month in range(months)
    ]
    path = folder / "book.csv"
    path.write_text("\n".join(["customer_id,product_id,amount,ts", *lines]) + "\n", encoding="utf-8")
    return path


def floats(folder: Path) -> Path:
    """Parquet with amounts as binary floats, and structures beside them."""
    path = folder / "floats.parquet"
    frame = pl.DataFrame({"c": [1.0, None], "p": ["a", "b"], "x": [0.1 + 0.2, 2.675], "t": [BEGIN, BEGIN + 1]})
    frame.with_columns(nested=pl.struct("c", "p"), tags=pl.lit(["x"])).write_parquet(path)
    return path
