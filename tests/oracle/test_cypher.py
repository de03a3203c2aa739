"""The compiler answers as Neo4j does: named queries, the 20 written ones, and a seeded part of `make oracle`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import UnreachableError
from tests.oracle.cypher.both import Both, both
from tests.oracle.cypher.run import Question, Tally, ask, generated, named, values_of, world_of, written
from tests.support.neo4j.jars import fetched

#: Of a whole world, and of one with events of customers that are gone.
WORLDS = (3, 5)
GENERATED = 80

# Neo4j takes ten seconds to start, and minutes on a machine that has other work.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    try:
        fetched()
    except UnreachableError as error:
        pytest.skip(str(error))
    with both(Path(tmp_path_factory.mktemp("neo4j"))) as engines:
        yield engines


@pytest.fixture(scope="module")
def whole(engines: Both) -> Both:
    engines.load(world_of(WORLDS[0]), WORLDS[0])
    return engines


@pytest.mark.parametrize("question", [*named(), *written()], ids=lambda question: question.source)
def test_named_and_written_queries(whole: Both, question: Question) -> None:
    found = whole.verdict(question.text, values_of(question.text), exact=question.exact)
    assert found.outcome in {"same", "errors"}, f"{question.text}\nours:   {found.ours}\ntheirs: {found.theirs}"


@pytest.mark.parametrize("world", WORLDS)
def test_generated_queries(engines: Both, world: int) -> None:
    engines.load(world_of(world), world)
    tally = Tally()
    ask(engines, list(generated(GENERATED, 7, world)), tally)
    assert not tally.failings(), (tally.failings(), tally.differences, tally.refusals)
