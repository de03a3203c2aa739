"""What the API says of a small world is what is true in it."""

import contextlib
import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal

import httpx2
import pytest

from queries.catalogue import catalogue
from queries.recommend.refresh import complete
from queries.recommend.store import Store
from schemas.moments import written
from tests.integration.queries.api.server import RunningApi
from tests.support.waiting import wait_for


def test_customers_have_their_record_and_their_latest_events(api: RunningApi, client: httpx2.Client) -> None:
    events: dict[int, list[tuple[str, str, int, str | None]]] = defaultdict(list)
    for sale in api.world.transactions:
        events[sale.customer_id].append((written(sale.ts), "transaction", sale.transaction_id, f"{sale.amount:.2f}"))
    for act in api.world.interactions:
        events[act.customer_id].append((written(act.ts), "interaction", act.interaction_id, None))
    for number, customer in sorted(api.world.customers.items())[:8]:
        told = client.get(f"/v1/customers/{number}", params={"activity": 7}).json()
        assert told["profile"]["name"] == customer.name
        assert told["profile"]["segment"] == customer.segment
        assert told["profile"]["registration_date"] == customer.registration_date.isoformat()
        found = [(one["ts"], one["kind"], one["id"], one["amount"]) for one in told["activity"]]
        assert [one[0] for one in found] == sorted((one[0] for one in events[number]), reverse=True)[:7]
        assert set(found) <= set(events[number])
        for one in told["activity"]:
            known = api.world.products.get(one["product_id"])
            assert one["product"] == (known.name if known else None)


def test_strangers_and_the_erased_are_not_told_apart(api: RunningApi, client: httpx2.Client) -> None:
    erased = {one.customer_id for one in api.world.stale if hasattr(one, "customer_id") and one.deleted}
    assert len(erased) == 2
    for number in (*erased, 4_000_000_000):
        answer = client.get(f"/v1/customers/{number}")
        assert answer.status_code == 404
        assert answer.json()["detail"].startswith(f"There is no customer {number}:")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/customers/{}/similar",
        *(
            f"/v1/graph/{query.name}?customer_id={{}}"
            for query in catalogue("cypher")
            if any(each.name == "customer_id" for each in query.parameters)
        ),
    ],
)
def test_what_the_erased_have_bought_answers_for_them_no_more(
    api: RunningApi, client: httpx2.Client, path: str
) -> None:
    erased = {one.customer_id for one in api.world.stale if hasattr(one, "customer_id") and one.deleted}
    assert any(bought(api)[number] for number in erased)
    for number in (*erased, 4_000_000_000):
        answer = client.get(path.format(number))
        assert answer.status_code == 404, answer.text
        assert answer.json()["detail"].startswith(f"There is no Customer with customer_id {number}.")


def bought(api: RunningApi) -> dict[int, set[int]]:
    """Products that each customer has bought, of those there are."""
    found: dict[int, set[int]] = defaultdict(set)
    for sale in api.world.transactions:
        if sale.status == "completed":
            found[sale.customer_id].add(sale.product_id)
    return found


def test_recommendations_once_a_refresh_has_ended(api: RunningApi, client: httpx2.Client) -> None:
    one = max(number for number in api.world.customers if bought(api)[number])
    answer = client.get(f"/v1/customers/{one}/recommendations")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:c360:problem:nothing-yet")
    assert answer.headers["retry-after"] == "60"
    with contextlib.closing(api.engine.client()) as writer:
        complete(Store(writer, ""), dt.datetime.now(dt.UTC), lambda *_: None)
    path = f"/v1/customers/{one}/recommendations?limit=3"
    wait_for(lambda: client.get(path).status_code == 200, "they are believed")
    answer = client.get(path)
    told = answer.json()
    assert (told["customer_id"], told["source"]) == (one, "own")
    assert 0 < len(told["items"]) <= 3
    assert not {item["product_id"] for item in told["items"]} & bought(api)[one]
    for item in told["items"]:
        assert item["name"] == api.world.products[item["product_id"]].name
        assert Decimal(item["price"]) == api.world.products[item["product_id"]].price
        assert item["reason"]
    tag = {"If-None-Match": answer.headers["etag"]}
    assert client.get(path, headers=tag).status_code == 304
    assert client.get("/v1/customers/4000000000/recommendations").status_code == 404


def test_who_is_similar_and_what_goes_together(api: RunningApi, client: httpx2.Client) -> None:
    baskets = bought(api)
    one = max(api.world.customers, key=lambda number: (len(baskets[number]), -number))
    shared = {number: len(baskets[one] & baskets[number]) for number in api.world.customers if number != one}
    wanted = sorted(((-count, number) for number, count in shared.items() if count))[:5]
    told = client.get(f"/v1/customers/{one}/similar", params={"limit": 5}).json()
    assert [(-each["shared"], each["customer_id"]) for each in told["similar"]] == wanted

    product = Counter(each for products in baskets.values() for each in products).most_common(1)[0][0]
    besides = Counter(
        each
        # What the erased have bought still counts: nobody is told who it was.
        for products in baskets.values()
        if product in products
        for each in products & set(api.world.products)
        if each != product
    )
    told = client.get(f"/v1/products/{product}/affinity", params={"limit": 100}).json()
    assert {each["product_id"]: each["buyers"] for each in told["bought_besides"]} == dict(besides)


@pytest.mark.parametrize("name", [query.name for query in catalogue("sql")])
def test_every_report_answers_from_its_rollups(client: httpx2.Client, name: str) -> None:
    answer = client.get(f"/v1/reports/{name}")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["columns"] == list(next(query for query in catalogue("sql") if query.name == name).columns)
    assert all(len(row) == len(told["columns"]) for row in told["rows"])


@pytest.mark.parametrize("name", [query.name for query in catalogue("cypher")])
def test_every_graph_question_answers(client: httpx2.Client, name: str) -> None:
    answer = client.get(f"/v1/graph/{name}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["source"] is None


def test_a_report_is_the_same_from_rollups_and_from_the_rows(api: RunningApi, client: httpx2.Client) -> None:
    spent: dict[int, Decimal] = defaultdict(Decimal)
    for sale in api.world.transactions:
        if sale.status in {"completed", "refunded"}:
            spent[sale.customer_id] += sale.amount
    wanted = sorted((-spent[number], number) for number in api.world.customers)[:3]
    path, params = "/v1/reports/top_customers", {"limit": "3"}
    for more, source in (({}, "rollups"), ({"as_of": "2026-01-01T00:00:00Z"}, "rows")):
        told = client.get(path, params={**params, **more}).json()
        assert (told["source"], told["complete"]) == (source, True)
        at, value = told["columns"].index("customer_id"), told["columns"].index("lifetime_value")
        assert [(-Decimal(row[value]), row[at]) for row in told["rows"]] == wanted


def test_an_answer_is_kept_until_a_row_comes(api: RunningApi, client: httpx2.Client) -> None:
    params = {"limit": "3", "as_of": "2026-01-02T00:00:00Z"}

    def asked() -> httpx2.Response:
        return client.get("/v1/reports/top_customers", params=params)

    def count(outcome: str) -> float:
        line = f'c360_queries_api_cached_total{{outcome="{outcome}"}} '
        found = [one for one in client.get("/metrics").text.splitlines() if one.startswith(line)]
        return float(found[0].removeprefix(line)) if found else 0.0

    first = asked()
    before = count("kept")
    again = client.get("/v1/reports/top_customers", params=params, headers={"If-None-Match": first.headers["etag"]})
    # A merge between the two makes another version of the same rows, and the same answer.
    assert again.status_code == 304
    writer = api.engine.client()
    now = "INSERT INTO transactions SELECT * REPLACE (transaction_id + 1000000 AS transaction_id, 99999 AS amount)"
    writer.command(f"{now} FROM transactions WHERE status = 'completed' LIMIT 1")
    changed = asked()
    writer.command("ALTER TABLE transactions DELETE WHERE transaction_id > 1000000 SETTINGS mutations_sync = 2")
    writer.close()
    assert changed.headers["etag"] != first.headers["etag"]
    assert asked().headers["etag"] == first.headers["etag"]
    assert count("kept") >= before
