"""The whole comparison: named queries, the 20 written ones, and generated ones over several worlds, counted."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from queries.catalogue import catalogue
from queries.graph.reader import read
from queries.graph.syntax import Match, PatternList, Query, Union, walk
from schemas.errors import C360Error
from tests.integration.queries.values import VALUES
from tests.integration.queries.world import World
from tests.oracle.cypher.both import PARAMETER, Both, Values, Verdict
from tests.oracle.cypher.features import features
from tests.oracle.cypher.grammar import Made, random_query
from tests.oracle.cypher.worlds import small_world

NAMED = Path(__file__).with_name("named.cypher")
#: Generated queries over one world.
A_WORLD = 125
#: The fixed queries are put to the first worlds alone.
FIXED_WORLDS = 4
MOST_REFUSED, LEAST_WITH_ROWS = 0.02, 0.70


@dataclass(frozen=True)
class Question:
    """A query, where it is from (a name, or the seed it is generated from) and the world it is put to."""

    text: str
    source: str
    exact: bool = False


@dataclass
class Tally:
    """What came of the queries so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    with_rows: int = 0
    features: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[Question, Verdict]] = field(default_factory=list)

    def take(self, question: Question, verdict: Verdict) -> None:
        """Counts a verdict; a refusal is no equality and has no clauses to its credit."""
        self.outcomes[verdict.outcome] += 1
        self.with_rows += verdict.rows > 0
        if verdict.outcome == "refused":
            self.refusals[verdict.ours] += 1
        else:
            self.features.update(features(question.text))
        if verdict.outcome == "different":
            self.differences.append((question, verdict))

    def add(self, other: "Tally") -> None:
        """Counts what another has."""
        self.outcomes += other.outcomes
        self.with_rows += other.with_rows
        self.features += other.features
        self.refusals += other.refusals
        self.differences += other.differences

    @property
    def asked(self) -> int:
        """How many queries there were."""
        return sum(self.outcomes.values())

    def share(self, count: int) -> float:
        """Of all queries."""
        return count / self.asked if self.asked else 0.0

    def failings(self) -> list[str]:
        """Which bars are missed."""
        refused = self.share(self.outcomes["refused"])
        rows = self.share(self.with_rows)
        return [
            *([f"{len(self.differences)} differences"] if self.differences else []),
            *([f"{refused:.2%} refused, more than {MOST_REFUSED:.0%}"] if refused > MOST_REFUSED else []),
            *([f"{rows:.1%} with rows, less than {LEAST_WITH_ROWS:.0%}"] if rows < LEAST_WITH_ROWS else []),
        ]


def world_of(seed: int) -> World:
    """Every third world has events of customers and products that are gone."""
    return small_world(seed, whole=seed % 3 != 2)


def named() -> list[Question]:
    """The queries of named.cypher: a line that names it, then its text in one line."""
    lines = [line for line in NAMED.read_text(encoding="utf-8").splitlines()[1:] if line]
    pairs = zip(lines[::2], lines[1::2], strict=True)
    return [Question(text, name.removeprefix("// "), exact=" in order" in name) for name, text in pairs]


def written() -> list[Question]:
    """The 20 queries."""
    return [Question(query.text, query.name) for query in catalogue("cypher")]


def generated(count: int, seed: int, world: int) -> Iterator[Question]:
    """So many queries; in a world where customers are gone, none that asks for lone nodes.

    The view has no node without a row but at a relationship's end; Neo4j has no ends that are not nodes.
    """
    whole, found, number = world % 3 != 2, 0, 0
    while found < count:
        source = f"{seed}/{world}/{number}"
        number += 1
        made = random_query(random.Random(source))
        if whole or not lonely(made):
            found += 1
            yield Question(made.text, source, made.exact)


def lonely(made: Made) -> bool:
    """Whether a query has a pattern of one node, also a walk that may stay where it is."""
    try:
        query = read(made.text)
    except C360Error:
        return False
    parts = query.queries if isinstance(query, Union) else (query,)
    return any(_is_lonely(part) for part in parts)


def _is_lonely(query: Query) -> bool:
    parts: list[Match | PatternList] = [clause for clause in query.clauses if isinstance(clause, Match)]
    parts += [part for clause in query.clauses for part in walk(clause) if isinstance(part, PatternList)]
    return any(
        not path.edges or any(edge.length is not None and edge.length.low == 0 for edge in path.edges)
        for part in parts
        for path in part.paths
    )


def values_of(text: str) -> Values:
    """The parameters that a query names."""
    return {name: VALUES[name] for name in set(PARAMETER.findall(text))}


def ask(engines: Both, questions: list[Question], tally: Tally) -> None:
    """Puts queries to both and counts what comes."""
    asked = [(question.text, values_of(question.text), question.exact) for question in questions]
    for question, verdict in zip(questions, engines.verdicts(asked), strict=True):
        tally.take(question, verdict)


def compare(engines: Sequence[Both], count: int, seed: int, say: Callable[[Tally, Tally], None]) -> tuple[Tally, Tally]:
    """What came of the fixed queries and of the generated ones, over several worlds; `say` is told after each."""
    free: SimpleQueue[Both] = SimpleQueue()
    for one in engines:
        free.put(one)

    def over(place: int) -> tuple[Tally, Tally]:
        both = free.get()
        try:
            return one_world(both, place, min(A_WORLD, count - place * A_WORLD), seed)
        finally:
            free.put(both)

    fixed, random_ones = Tally(), Tally()
    pool = ThreadPoolExecutor(len(engines))
    try:
        for done in as_completed([pool.submit(over, place) for place in range(-(-count // A_WORLD))]):
            for mine, its in zip((fixed, random_ones), done.result(), strict=True):
                mine.add(its)
            say(fixed, random_ones)
    finally:
        # After Ctrl-C and after an error nobody waits for the worlds that are left.
        pool.shutdown(cancel_futures=True)
    return fixed, random_ones


def one_world(engines: Both, place: int, count: int, seed: int) -> tuple[Tally, Tally]:
    """What came of the fixed queries (in a few of the worlds where nobody is gone) and of `count` generated ones."""
    world, fixed, random_ones = seed * 1000 + place, Tally(), Tally()
    engines.load(world_of(world), world)
    if place < FIXED_WORLDS and world % 3 != 2:
        ask(engines, [*named(), *written()], fixed)
    ask(engines, list(generated(count, seed, world)), random_ones)
    return fixed, random_ones
