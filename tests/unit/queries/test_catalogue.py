"""Headers of the written queries are whole, and a wrong name is answered with the near ones."""

import re

import pytest

from queries import values
from queries.bundle import FOLDER, bundles
from queries.catalogue import COMMENT, Language, catalogue, default_source, find, name_of, parse
from schemas.errors import UsageError


def test_the_fifteen_reports_are_there_in_order() -> None:
    assert [query.number for query in catalogue("sql")] == list(range(1, 16))


def test_the_twenty_graph_queries_are_there_in_order() -> None:
    assert [query.number for query in catalogue("cypher")] == list(range(1, 21))


@pytest.mark.parametrize("language", ["sql", "cypher"])
def test_defaults_are_values_of_their_type(language: Language) -> None:
    for query in catalogue(language):
        for item in query.parameters:
            type_name = values.CYPHER_TYPES[item.type] if language == "cypher" else item.type
            if item.source:
                assert default_source(item.source)
            else:
                values.read(item.name, type_name, item.default)


def test_declared_parameters_are_those_of_the_text() -> None:
    """Rollups know one time, that of the newest event, and the values of `rollup-when`: they need not ask for these."""
    for query in catalogue("sql"):
        declared = {item.name: item.type for item in query.parameters}
        rolled, plain = (dict(re.findall(r"\{(\w+):([^{}]+)\}", text)) for text in (query.text, query.plain))
        assert plain == declared, query.name
        assert rolled.items() <= declared.items(), query.name
        assert declared.keys() - rolled.keys() <= {"as_of"} | dict(query.rollup_when).keys(), query.name
    for query in catalogue("cypher"):
        assert set(re.findall(r"\$(\w+)", query.text)) == {item.name for item in query.parameters}


def test_time_is_a_parameter_of_every_report() -> None:
    assert all(query.parameter("as_of").source == "newest_event" for query in catalogue("sql"))


@pytest.mark.parametrize(("wanted", "number"), [("4", 4), ("04", 4), ("monthly_revenue", 4)])
def test_a_query_is_found_by_number_or_name(wanted: str, number: int) -> None:
    assert find("sql", wanted).number == number


def test_a_wrong_name_lists_the_near_ones() -> None:
    with pytest.raises(UsageError, match="15 churn_risk"):
        find("sql", "churn")


def test_a_wrong_parameter_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"no parameter 'top'. It has: customer_id, limit"):
        find("cypher", "4").parameter("top")


@pytest.mark.parametrize("header", ["SELECT 1", "-- purpose: x\n-- columns:\n--   no meaning\nSELECT 1"])
def test_a_header_that_is_not_whole_is_an_error(header: str) -> None:
    with pytest.raises(ValueError, match="header"):
        parse(1, "broken", "sql", header)


@pytest.mark.parametrize("name", ["queries.sql", "queries.cypher"])
def test_the_file_of_all_queries_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == bundles()[name], "run python -m queries.bundle"


def test_the_file_of_all_queries_needs_no_parameters() -> None:
    assert not re.search(r"\{\w+:", bundles()["queries.sql"])
    assert "$" not in bundles()["queries.cypher"]


@pytest.mark.parametrize("language", ["sql", "cypher"])
def test_a_text_is_known_by_its_words_alone(language: Language) -> None:
    for query in catalogue(language):
        lines = query.text.replace("\n", "\n    ")
        assert name_of(language, f"{COMMENT[language]} mine\n  {lines} ;\n") == query.name
    assert name_of(language, "RETURN 1") == "adhoc"
