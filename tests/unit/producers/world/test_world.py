"""The tables of the world: quotas, popularity, taste, churn."""

from pathlib import Path

import numpy as np
import pytest

from producers.encoding import TOPICS, Encoder
from producers.laying import records as laid
from producers.world.draws import Stream, beta_quantiles, lookup, normal_quantiles
from producers.world.parameters import digest, parameters
from producers.world.world import World
from schemas import wire
from schemas.records import schema, symbols
from tests.unit.producers.worlds import EPOCH, EPOCH_MS, plan, together, world

VIP, BASIC = (symbols("customer", "segment").index(name) for name in ("VIP", "Basic"))


def test_segments_by_quota() -> None:
    counts = np.bincount(World(1, 20_000, 50, EPOCH).customers.segment, minlength=6)
    assert counts.tolist() == [0, 1660, 3320, 6440, 8560, 20]


def test_the_same_arguments_make_the_same_world_and_another_seed_another() -> None:
    one, same, other = (World(seed, 500, 50, EPOCH) for seed in (1, 1, 2))
    assert (one.customers.visits == same.customers.visits).all()
    assert (one.products.cents == same.products.cents).all()
    assert (one.customers.registered != other.customers.registered).any()
    assert len(digest()) == 12


def test_the_parameters_make_this_world() -> None:
    # Another digest is another world, with other events: raise the version in parameters.toml and docs/world.md.
    assert (parameters()["version"], digest()) == (2, "7217a9825176")
    page = (Path(__file__).parents[4] / "docs" / "world.md").read_text(encoding="utf-8")
    assert f"version {parameters()['version']}, digest `{digest()}`" in page


def test_popularity_is_zipfs() -> None:
    weights = np.sort(world().products.popularity)[::-1]
    slope = np.polyfit(np.log(np.arange(1, len(weights) + 1)), np.log(weights), 1)[0]
    assert slope == pytest.approx(-0.9, abs=1e-9)
    sold = np.sort(np.bincount(together(plan(200_000, history=True), "interactions").columns["product_id"]))[::-1]
    ranks = np.arange(5, 150)
    assert np.polyfit(np.log(ranks), np.log(sold[ranks]), 1)[0] == pytest.approx(-0.75, abs=0.2)


def test_taste_by_segment() -> None:
    sales = together(plan(200_000, history=True), "transactions")
    segment = world().customers.segment[sales.customer]
    category = world().products.category[sales.columns["product_id"] - 1]
    names = list(parameters()["categories"])
    share = {
        code: np.bincount(category[segment == code], minlength=10) / (segment == code).sum() for code in (VIP, BASIC)
    }
    for name, more, less in (("Electronics", VIP, BASIC), ("Home", VIP, BASIC), ("Clothing", BASIC, VIP)):
        assert share[more][names.index(name)] > 1.5 * share[less][names.index(name)]


def test_few_customers_bring_most_revenue() -> None:
    sales = together(plan(103_050, history=True), "transactions")
    spent = np.sort(np.bincount(sales.customer, sales.columns["amount"], 3000))[::-1]
    assert spent[:600].sum() / spent.sum() == pytest.approx(0.8, abs=0.06)


def test_pairs_of_products_recur() -> None:
    acts = together(plan(100_000, history=True), "interactions")
    visits: dict[int, set[int]] = {}
    for session, product in zip(acts.columns["session_id"].tolist(), acts.columns["product_id"].tolist(), strict=True):
        visits.setdefault(session, set()).add(product)
    pairs: dict[tuple[int, int], int] = {}
    for products in visits.values():
        for one in products:
            for other in products:
                if one < other:
                    pairs[one, other] = pairs.get((one, other), 0) + 1
    assert max(pairs.values()) > 100


def test_some_drop_out_and_some_come_back() -> None:
    labels = world().labels()
    span_end = EPOCH_MS + 395 * 86_400_000
    gone = [label for label in labels if label[1] < span_end]
    back = [label for label in gone if label[2] is not None and label[2] < span_end]
    assert 0.15 < len(gone) / len(labels) < 0.4
    assert 0.1 < len(back) / len(gone) < 0.5
    vips = [label for label in gone if world().customers.segment[label[0] - 1] == VIP]
    assert 0 < len(vips) / (world().customers.segment == VIP).sum() < 0.1
    assert all(comeback > dropout for _, dropout, comeback in labels if comeback is not None)


def test_records_as_they_are_laid() -> None:
    encoder = Encoder(dict.fromkeys(TOPICS, 1), np.array([b"1"]))
    for stream, count in (("customers", 3000), ("products", 400)):
        (batch,) = laid(world(), encoder, stream, count)
        rows = [wire.decode(value, schema(TOPICS[stream].record)) for value in batch.values]
        assert (
            sorted(row[TOPICS[stream].key] for row in rows) == list(range(1, count + 1)) == sorted(map(int, batch.keys))
        )
        assert batch.stamps == sorted(batch.stamps)
        assert {row["version"] for row in rows} == {1}
        assert max(batch.stamps) <= EPOCH_MS
        assert len({row["name"] for row in rows}) > 300
        if stream == "products":
            assert {row["category"] for row in rows} == set(parameters()["categories"])
            assert all(10 <= row["price"] <= 5000 and 0 <= row["stock_quantity"] <= 1000 for row in rows)
        else:
            assert len({row["email"] for row in rows}) == count
            assert all(row["email"].split("@")[1].startswith("example.") for row in rows)


def test_quantiles_and_lookups() -> None:
    unit = (np.arange(100_000) + 0.5) / 100_000
    normal = normal_quantiles(unit)
    for low, high in ((28, 112), (0.5, 0.5), (0.15, 0.8), (2, 0.4)):
        beta = beta_quantiles(low, high, unit)
        mean = low / (low + high)
        assert beta.mean() == pytest.approx(mean, rel=1e-6)
        assert beta.var() == pytest.approx(mean * (1 - mean) / (low + high + 1), rel=1e-4)
        assert (np.diff(beta) >= 0).all()
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.005)
    assert np.bincount(lookup([1, 2, 1], 256)).tolist() == [64, 128, 64]
    drawn = Stream(1, "any").unit(np.arange(100_000))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.005)
