"""The committed list of downloads, and the text it is kept in."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.artifacts.manifest import Coordinate, Entry, committed, parse, render
from schemas.errors import ContractError

words = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=20)
coordinates = st.builds(Coordinate, words, words, words, st.just("") | words, words)
entries = st.builds(Entry, st.binary(min_size=32, max_size=32).map(bytes.hex), st.integers(0, 2**40), coordinates)


@given(st.lists(entries, max_size=8, unique_by=lambda entry: str(entry.coordinate)))
def test_what_is_rendered_is_parsed_again(some: list[Entry]) -> None:
    assert set(parse(render(some))) == set(some)
    assert render(parse(render(some))) == render(some)


def test_a_coordinate_knows_its_place_in_a_repository() -> None:
    plain = Coordinate.parse("org.apache.kafka:kafka-clients:jar:4.1.1")
    assert plain.path.as_posix() == "org/apache/kafka/kafka-clients/4.1.1/kafka-clients-4.1.1.jar"
    classified = Coordinate.parse("io.apicurio:apicurio-registry-app:tar.gz:all:3.0.9")
    assert classified.filename == "apicurio-registry-app-3.0.9-all.tar.gz"


def test_the_committed_list_is_kafka_and_the_registry_of_one_version_each() -> None:
    packagings = [entry.coordinate.packaging for entry in committed()]
    assert packagings.count("jar") == 93
    assert packagings.count("tar.gz") == 1
    versions = {entry.coordinate.version for entry in committed() if entry.coordinate.group == "org.apache.kafka"}
    assert versions == {"4.1.1"}
    log4j = {entry.coordinate.version for entry in committed() if "log4j" in entry.coordinate.group}
    assert log4j == {"2.25.2"}
    assert all(re.fullmatch("[0-9a-f]{64}", entry.sha256) and entry.size > 0 for entry in committed())


@pytest.mark.parametrize("line", ["abc", "abc 12 a:b", "abc many a:b:jar:1"])
def test_a_spoiled_line_is_named(line: str) -> None:
    with pytest.raises(ContractError, match=re.escape(repr(line))):
        parse(line)
