"""Reports and graph questions: typed parameters, whole rows, and answers that are kept while no row changes."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import pytest

from queries.api.answers import Kept
from queries.catalogue import Language, catalogue
from queries.database import Table
from tests.unit.queries.api.fakes import KEYED, FakeClickHouse, api, ask, problem, settings

KEY_A, KEY_B = ("sql", "a", ()), ("sql", "b", ())


def version(word: str) -> Table:
    return Table(("version",), [(word,)])


def asked(clickhouse: FakeClickHouse, words: str) -> list[dict[str, str]]:
    """The parameters of each statement that holds these words."""
    return [parameters for sql, parameters in clickhouse.asked if words in sql]


def test_an_answer_is_asked_once_for_a_version() -> None:
    clickhouse = FakeClickHouse(settings(), {"version": version("1")}, Table(("n",), [(Decimal("1.50"),)]))
    app = api(clickhouse)
    first = ask(app, "/v1/reports/top_customers?limit=3")
    assert first.json()["rows"] == [["1.50"]]
    statements = len(clickhouse.asked)
    assert ask(app, "/v1/reports/top_customers?limit=3").content == first.content
    assert len(clickhouse.asked) == statements
    ask(app, "/v1/reports/top_customers?limit=4")
    assert len(clickhouse.asked) > statements


def test_rows_that_change_are_asked_again() -> None:
    clickhouse = FakeClickHouse(settings(), {"version": version("1")}, Table(("n",), [(1,)]))
    app = api(clickhouse)
    first = ask(app, "/v1/reports/top_customers")
    clickhouse.tables["version"] = version("2")
    clickhouse.other = Table(("n",), [(2,)])
    second = ask(app, "/v1/reports/top_customers", {"If-None-Match": first.headers["etag"], **KEYED})
    assert second.status_code == 200
    assert second.json()["rows"] == [[2]]
    clickhouse.tables["version"] = version("3")
    # Another version and the same answer: whoever has it need not be sent it.
    third = ask(app, "/v1/reports/top_customers", {"If-None-Match": second.headers["etag"], **KEYED})
    assert third.status_code == 304


def test_an_answer_from_between_two_versions_is_not_kept() -> None:
    class Moving(FakeClickHouse):
        async def look(self, name: str, **parameters: object) -> Table:
            if name == "version":
                self.looked.append((name, parameters))
                return version(str(len(self.looked)))
            return await super().look(name, **parameters)

    clickhouse = Moving(settings(), other=Table(("n",), [(1,)]))
    app = api(clickhouse)
    ask(app, "/v1/reports/top_customers")
    statements = len(clickhouse.asked)
    ask(app, "/v1/reports/top_customers")
    assert len(clickhouse.asked) > statements


def test_a_cluster_keeps_none() -> None:
    clickhouse = FakeClickHouse(settings(clickhouse_cluster="c"), {"version": version("1")}, Table(("n",), [(1,)]))
    app = api(clickhouse, clickhouse_cluster="c")
    ask(app, "/v1/reports/top_customers")
    assert clickhouse.looked == []


def test_while_rollups_are_behind_an_answer_is_not_complete() -> None:
    behind = FakeClickHouse(settings())
    behind.behind = Table(("name", "behind_seconds"), [("sales", 9.0)])
    told = ask(api(behind), "/v1/reports/top_customers").json()
    assert (told["source"], told["complete"]) == ("rollups", False)
    told = ask(api(behind), "/v1/reports/top_customers?as_of=2026-01-31T12:00:00Z").json()
    assert (told["source"], told["complete"]) == ("rows", True)


def test_parameters_reach_the_statement_as_they_are_meant() -> None:
    clickhouse = FakeClickHouse(settings())
    path = "/v1/reports/churn_risk?segments=VIP&segments=it's&limit=7&days=3&as_of=2026-01-31T13:00:00%2B01:00"
    assert ask(api(clickhouse), path).status_code == 200
    (given,) = asked(clickhouse, "subtractDays")
    assert given == {
        "segments": "['VIP', 'it\\'s']", "limit": "7", "days": "3", "as_of": "2026-01-31 12:00:00.000",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["nope", "1", "top_customer"])
def test_a_report_that_there_is_not_names_those_near_it(name: str) -> None:
    told = problem(ask(api(), f"/v1/reports/{name}"), 404, "not-found")
    assert "top_customers" in told["detail"] or "/v1/reports/customer_segmentation" in told["detail"]


def test_a_graph_question_of_somebody_who_is_not_there() -> None:
    class Nobody(FakeClickHouse):
        async def ask(self, sql: str, parameters: Mapping[str, str], settings: Mapping[str, int | str]) -> Table:
            del parameters, settings
            # First who is similar, then whether there is anybody to be similar to.
            self.asked.append((sql, {}))
            return Table(("n",), [] if len(self.asked) == 1 else [(0,)])

    clickhouse = Nobody(settings())
    told = problem(ask(api(clickhouse), "/v1/customers/42/similar"), 404, "not-found")
    assert "There is no Customer with customer_id 42" in told["detail"]


@pytest.mark.parametrize("language", ["sql", "cypher"])
def test_the_list_has_every_query_and_each_has_its_path(language: Language) -> None:
    place = {"sql": "reports", "cypher": "graph"}[language]
    listed = ask(api(), f"/v1/{place}").json()["queries"]
    queries = catalogue(language)
    assert [one["name"] for one in listed] == [query.name for query in queries]
    assert listed[0]["parameters"][0]["name"] == queries[0].parameters[0].name
    paths = ask(api(), "/openapi.json").json()["paths"]
    for query in queries:
        operation = paths[f"/v1/{place}/{query.name}"]["get"]
        assert [one["name"] for one in operation.get("parameters", [])] == [one.name for one in query.parameters]
        assert operation["summary"] == query.purpose


def test_values_are_what_json_has() -> None:
    moment = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
    rows = [(Decimal("1.50"), moment, dt.date(2026, 1, 31), float("nan"), None, [Decimal(1)], "ß")]
    clickhouse = FakeClickHouse(settings(), other=Table(tuple("abcdefg"), rows))
    told = ask(api(clickhouse), "/v1/reports/top_customers").json()
    assert told["rows"] == [["1.50", "2026-01-31T12:00:00.000Z", "2026-01-31", None, None, ["1"], "ß"]]


def test_what_is_kept_is_bounded_by_its_size_and_goes_with_its_version() -> None:
    kept = Kept(most_bytes=10)
    kept.put(KEY_A, "1", b"x" * 6)
    kept.put(KEY_B, "1", b"y" * 4)
    assert kept.get(KEY_A, "1") == b"x" * 6
    kept.put(KEY_A, "1", b"z" * 8)
    assert kept.get(KEY_B, "1") is None
    assert kept.get(KEY_A, "1") == b"z" * 8
    assert kept.get(KEY_A, "2") is None
    assert kept.get(KEY_A, "1") is None
    kept.put(KEY_A, "1", b"w" * 11)
    assert kept.get(KEY_A, "1") is None
