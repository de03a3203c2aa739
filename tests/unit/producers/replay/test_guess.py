"""Proposals for the headers of common exports: they are mappings, and they mean what the export means."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from producers.replay import mapping
from producers.replay.__main__ import main
from producers.replay.files import found
from producers.replay.guess import guess
from producers.replay.jobs import jobs
from producers.replay.mapping import Feed, MappingFile
from schemas.cli import exit_code
from schemas.errors import UsageError

SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Total,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
    "#1001,a@example.org,paid,2024-03-01 10:00:00 +0100,EUR,20.00,2,Mug,10.00,MUG-1\n"
    "#1002,b@example.org,refunded,2024-03-02 10:00:00 +0100,EUR,10.00,1,Mug,10.00,MUG-1\n"
)
WOO = (
    "order_id,date_created,status,customer_id,sku,quantity,item_cost\n"
    '7,2024-03-01 10:00:00,wc-completed,12,MUG-1,2,"1,010.50"\n'
)
UCI = (
    "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country\n"
    "536365;85123A;Weiß;6;01.12.2010 08:26;2,55;17850;Österreich\n"
    "C36366;85123A;Weiß;-1;31.12.2010 08:26;1.002,55;17850;Österreich\n"
)
OLIST = (
    "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,customer_unique_id\n"
    "00010242,1,4244733e,48436dad,2017-09-19 09:45:35,58.90,861eff47\n"
)


def proposals(folder: Path, text: str, encoding: str = "utf-8") -> dict[str, Feed]:
    file = folder / "export.csv"
    file.write_bytes(text.encode(encoding))
    toml = folder / "mapping.toml"
    toml.write_text("\n".join(one.toml() for one in guess(found([str(file)])[0])), encoding="utf-8")
    read: MappingFile = mapping.read(toml)
    assert jobs(found([str(file)]), read)
    return {feed.stream: feed for feed in read.feed}


def test_shopify(tmp_path: Path) -> None:
    sold = proposals(tmp_path, SHOPIFY)["transactions"]
    assert sold.columns["unit_price"] == "Lineitem price"
    assert sold.columns["customer_id"] == "Email"
    assert sold.columns["product_id"] == "Lineitem sku"
    assert (sold.columns["ts"], sold.times, sold.refunds) == ("Paid at", ("iso",), "reject")
    # The order has become a refunded one: its sale is in no other row, and both together are worth nothing.
    assert sold.translate["status"] == {"paid": "completed", "refunded": "cancelled"}


def test_woocommerce(tmp_path: Path) -> None:
    sold = proposals(tmp_path, WOO)["transactions"]
    assert (sold.columns["unit_price"], sold.thousands, sold.decimal) == ("item_cost", ",", ".")
    assert sold.translate["status"] == {"wc-completed": "completed"}


def test_the_ucis_retail(tmp_path: Path) -> None:
    feeds = proposals(tmp_path, UCI, "cp1252")
    sold = feeds["transactions"]
    assert (sold.encoding, sold.delimiter, sold.decimal, sold.thousands) == ("cp1252", ";", ",", ".")
    assert (sold.times, sold.refunds) == (("%d.%m.%Y %H:%M",), "negative")
    assert "transaction_id" not in sold.columns, "an invoice has many lines"
    assert feeds["products"].columns["name"] == "Description"
    assert feeds["customers"].columns["country"] == "Country"


TAKINGS = "Kundennummer;Belegdatum;Betrag\nK-00017;01.10.2025 08:05;1.205,50 €\nK-00018;02.10.2025 09:00;-3,99 €\n"
ORDERS = (
    "Numer zamówienia\tKlient\tProdukt\tIlość\tCena\tData\nZAM/1\tktoś\tKrzesło\t2\t1.099,90 zł\t2026-03-01 00:00\n"
)
VISITS = "utilisateur,article,évènement,date\nu1,a1,panier,2026-01-01T00:00:00+01:00\nu1,a2,avis,2026-01-02T00:00:00Z\n"


def test_takings_that_name_no_product_and_no_quantity(tmp_path: Path) -> None:
    sold = proposals(tmp_path, TAKINGS, "cp1252")["transactions"]
    assert sold.columns == {"customer_id": "Kundennummer", "amount": "Betrag", "ts": "Belegdatum"}
    assert sold.constants == {"product_id": "unknown"}
    assert (sold.currency, sold.decimal, sold.thousands, sold.refunds) == (("€",), ",", ".", "negative")
    assert "all is booked on one product" in (tmp_path / "mapping.toml").read_text(encoding="utf-8")


def test_uuids_are_ids_and_give_way_to_columns_that_are_called_id(tmp_path: Path) -> None:
    rows = "order_uuid,user_uuid,product_guid,total,created_at\n0b8c,77aa,19ef,1.50,2025-11-01 10:00:00\n"
    columns = {"customer_id": "user_uuid", "product_id": "product_guid", "amount": "total", "ts": "created_at"}
    assert proposals(tmp_path, rows)["transactions"].columns == columns
    both = proposals(tmp_path, rows.replace("order_uuid", "user_id"))["transactions"]
    assert both.columns == {**columns, "customer_id": "user_id"}


def test_headers_of_other_languages_and_encodings(tmp_path: Path) -> None:
    sold = proposals(tmp_path, ORDERS, "cp1250")["transactions"]
    assert (sold.encoding, sold.currency, sold.decimal) == ("cp1250", ("zł",), ",")
    assert sold.columns == {
        "customer_id": "Klient",
        "product_id": "Produkt",
        "quantity": "Ilość",
        "unit_price": "Cena",
        "ts": "Data",
    }
    acted = proposals(tmp_path, VISITS)["interactions"]
    assert (acted.columns["customer_id"], acted.columns["type"]) == ("utilisateur", "évènement")
    assert acted.translate["type"] == {"panier": "cart", "avis": "review"}


PAYMENTS = (
    "id,Created date (UTC),Amount,Customer ID,Description,Status\n"
    'ch_1,2024-10-02 05:47:04,"1,290.00",cus_b,Subscription,Paid\nch_2,2024-10-02 06:00:00,9.00,cus_e,Update,Failed\n'
)
RETURNS = "customer,product,amount,status,date\n1,2,10.00,paid,2024-03-01\n1,2,-4.00,refunded,2024-03-02\n"
LOG = (
    "event_time\tevent_type\tproduct_id\tcategory_code\tbrand\tprice\tuser_id\tuser_session\n"
    "2019-10-01 00:00:00 UTC\tview\t44600062\t\tshiseido\t35.79\t541312140\t72d76fde\n"
    "2019-10-01 00:02:14 UTC\tpurchase\t1004856\telectronics.smartphone\tsamsung\t130.76\t543272936\t8187d148\n"
    "2019-10-01 00:04:37 UTC\tremove_from_cart\t1002532\t\tapple\t642.69\t551377651\t3c80f0d6\n"
)
TICKETS = "Bon;Kunden-ID;Gesamtbetrag (EUR);Bestelldatum\n1;k1;1.205,50;01.10.2025 08:05\n"


def test_units_and_zones_in_brackets_and_ids_that_are_called_id(tmp_path: Path) -> None:
    feeds = proposals(tmp_path, PAYMENTS)
    sold = feeds.pop("transactions")
    assert not feeds, "a payment's description is no product"
    assert (sold.columns["transaction_id"], sold.columns["ts"]) == ("id", "Created date (UTC)")
    assert "set 'time_zone'" not in (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    assert proposals(tmp_path, TICKETS)["transactions"].columns["amount"] == "Gesamtbetrag (EUR)"


@pytest.mark.parametrize(
    ("amounts", "thousands", "decimal", "currency", "rounding"),
    [
        ("1 234,50 kr;12,00 kr", " ", ",", ("kr",), "reject"),
        ("1\u202f234,50 €;12,00 €", "\u202f", ",", ("€",), "reject"),
        ("CHF 1'234.50;CHF 12.00", "'", ".", ("CHF",), "reject"),
        ("12.3450;0.5", "", ".", (), "half-even"),
        ("12.3400;0.5", "", ".", (), "reject"),
        ("1.234,505;0,5", ".", ",", (), "half-even"),
    ],
)
def test_amounts_as_they_are_written(
    tmp_path: Path, amounts: str, thousands: str, decimal: str, currency: tuple[str, ...], rounding: str
) -> None:
    rows = [f"k{row};p;{amount};2026-01-01T00:00:00Z" for row, amount in enumerate(amounts.split(";"))]
    sold = proposals(tmp_path, "\n".join(["customer;product;amount;date", *rows, ""]))["transactions"]
    assert (sold.thousands, sold.decimal, sold.currency, sold.rounding) == (thousands, decimal, currency, rounding)
    words = [
        str(tmp_path / "export.csv"),
        "--mapping",
        str(tmp_path / "mapping.toml"),
        "--dry-run",
        "--max-rejects",
        "0",
    ]
    assert exit_code(main, words) == 0


@pytest.mark.parametrize(
    ("day", "form", "doubtful"),
    [
        ("01/12/2010 08:26", "%m/%d/%Y %H:%M", True),
        ("13/12/2010 08:26", "%d/%m/%Y %H:%M", False),
        ("12/13/2010", "%m/%d/%Y", False),
        ("2010-12-01", "iso", False),
    ],
)
def test_days_that_may_be_months_are_said(tmp_path: Path, day: str, form: str, doubtful: bool) -> None:
    sold = proposals(tmp_path, f"customer,product,amount,date\n1,2,3.00,{day}\n")["transactions"]
    assert sold.times == (form,)
    assert ("exchange %m and %d" in (tmp_path / "mapping.toml").read_text(encoding="utf-8")) == doubtful


@pytest.mark.parametrize(("zone", "doubtful"), [(None, True), ("Europe/Berlin", False)])
def test_times_of_parquet_without_a_zone_are_said(tmp_path: Path, zone: str | None, doubtful: bool) -> None:
    at = pl.Series([dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]).dt.replace_time_zone(zone)
    pl.DataFrame({"user": ["a"], "sku": ["b"], "total": ["1.00"], "at": at}).write_parquet(tmp_path / "o.parquet")
    [sold] = guess(found([str(tmp_path / "o.parquet")])[0])
    assert ("time_zone" in sold.options) == doubtful
    assert any("name no zone" in doubt for doubt in sold.doubts) == doubtful


def test_returns_with_rows_of_their_own_are_refunds(tmp_path: Path) -> None:
    sold = proposals(tmp_path, RETURNS)["transactions"]
    assert (sold.refunds, sold.translate["status"]) == ("negative", {"paid": "completed"})


def test_a_log_of_events_is_interactions_sales_and_products(tmp_path: Path) -> None:
    feeds = proposals(tmp_path, LOG)
    assert set(feeds) == {"interactions", "transactions", "products"}
    assert feeds["interactions"].where == {"event_type": ("view",)}
    assert feeds["transactions"].where == {"event_type": ("purchase",)}
    assert feeds["transactions"].columns["amount"] == "price"
    assert (feeds["products"].columns["category"], feeds["products"].where) == ("category_code", {})
    said = (tmp_path / "mapping.toml").read_text(encoding="utf-8")
    assert "Rows with 'purchase', 'remove_from_cart' in 'event_type' are left out here" in said


def test_utf_16_as_spreadsheets_write_it(tmp_path: Path) -> None:
    sold = proposals(tmp_path, TAKINGS.replace(";", "\t"), "utf-16")["transactions"]
    assert (sold.encoding, sold.delimiter, sold.currency) == ("utf-16", "\t", ("€",))


def test_olist(tmp_path: Path) -> None:
    sold = proposals(tmp_path, OLIST)["transactions"]
    assert sold.columns["amount"] == "price"
    assert sold.columns["ts"] == "shipping_limit_date"


def test_what_nobody_knows_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("foo,bar\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="none of the columns foo, bar is recognized"):
        guess(found([str(tmp_path / "x.csv")])[0])
    (tmp_path / "x.csv").write_text("customer,date,worth it\n1,2024-01-01,7\n", encoding="utf-8")
    with pytest.raises(UsageError, match="customer_id in 'customer', ts in 'date', but nothing for product_id, amount"):
        guess(found([str(tmp_path / "x.csv")])[0])
