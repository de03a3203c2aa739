"""Which letters go and which do not, by the readers' own decoders; and what a run that is cut off has noted."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest
from clickhouse_connect.driver.client import Client

from ops.letters.job import Job, Options
from ops.letters.judge import Judge
from ops.letters.letters import Chosen, Filter, Identity, Letter, Letters
from ops.letters.replay import BEGUN, SENT, Failed, Replay
from schemas import wire
from schemas.codec.decode import EMPTY
from schemas.errors import WireError
from schemas.ids import LAST_VERSION
from schemas.records import schema
from schemas.registry import Registry
from schemas.settings import Settings
from schemas.topics import CUSTOMER_FEATURES, CUSTOMERS, INTERACTIONS, PRODUCTS, TRANSACTIONS, Topic

SETTINGS = Settings()
IDS = {topic.stream: 10 + place for place, topic in enumerate((CUSTOMERS, TRANSACTIONS, INTERACTIONS, PRODUCTS))}
AT = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
STAMP = int(AT.timestamp() * 1000)


def _parsed(schema_id: int) -> Any:
    known = {IDS[topic.stream]: topic.record for topic in (CUSTOMERS, TRANSACTIONS, INTERACTIONS, PRODUCTS)}
    if schema_id not in known:
        raise WireError(f"the registry knows no schema {schema_id}")
    return schema(known[schema_id])


REGISTRY = cast("Registry", SimpleNamespace(register=lambda topic: IDS[topic.stream], parsed=_parsed))
#: Customer 7 is stored in version 3.
DATABASE = cast("Client", SimpleNamespace(query=lambda *_, **__: SimpleNamespace(result_rows=[(7, 3)])))


def transaction(**more: Any) -> bytes:
    record = {
        "transaction_id": 1, "customer_id": 7, "product_id": 1, "amount": Decimal("1.00"), "quantity": 1,
        "channel": "web", "status": "completed", "refers_to": None, "ts": AT, **more,
    }  # fmt: skip
    return wire.encode(record, schema("transaction"), IDS[TRANSACTIONS.stream])


def customer(number: int, version: int) -> bytes:
    record = {
        "customer_id": number, "name": "A", "email": "a@example.org", "segment": "VIP", "registration_date": AT.date(),
        "acquisition_channel": "organic", "country": "DE", "version": version, "deleted": False,
    }  # fmt: skip
    return wire.encode(record, schema("customer"), IDS[CUSTOMERS.stream])


def letter(topic: Topic | str, offset: int, value: bytes | None, partition: int = 0) -> Letter:
    name = topic if isinstance(topic, str) else topic.name(SETTINGS)
    return Letter(Identity(name, partition, offset), STAMP, b"7", value)


class Kafka:
    """In a replay's place: remembers what it is told, and has one partition of each topic."""

    def __init__(self, arrived: dict[Identity, int] | None = None, refuses: Identity | None = None) -> None:
        self.sent: list[Letter] = []
        self.noted: dict[Identity, int] = {}
        self.delivered: dict[Identity, int] = {}
        self.failed: list[Failed] = []
        self._arrived, self._refuses = arrived or {}, refuses

    def arrived(self, begun: Sequence[Chosen]) -> dict[Identity, int]:
        return {one.identity: self._arrived[one.identity] for one in begun if one.identity in self._arrived}

    def ends(self, places: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
        return {place: 100 for place in places if place[1] == 0}

    def remember(self, letters: Sequence[Letter], offsets: dict[Identity, int]) -> None:
        self.noted |= {one.identity: offsets[one.identity] for one in letters}

    def send(self, letters: Sequence[Letter], ends: dict[tuple[str, int], int]) -> None:
        assert {one.identity[:2] for one in letters} <= set(ends)
        self.sent += letters
        self.failed = [Failed(one.identity, "too large") for one in letters if one.identity == self._refuses]
        self.delivered = {one.identity: 100 for one in letters if one.identity != self._refuses}


def job(letters: Sequence[Letter], kafka: Kafka, known: Sequence[Chosen] = (), **options: bool) -> Job:
    """`known`: what is noted of letters of customers, whether or not the filter lets them through."""

    def whole(wanted: Sequence[Chosen]) -> Iterator[list[Letter]]:
        yield [one for one in letters if one.identity in {each.identity for each in wanted}]

    def noted(_: Filter) -> list[Chosen]:
        return [one for one in known if one.replay and one.identity.topic == CUSTOMERS.name(SETTINGS)]

    held = cast("Letters", SimpleNamespace(whole=whole, chosen=noted))
    return Job(held, Judge(SETTINGS, REGISTRY, DATABASE), cast("Replay", kafka), Options(**options))


def chosen(letters: Sequence[Letter], state: str = "") -> list[Chosen]:
    return [Chosen(one.identity, len(one.value or b""), state, 90, -1) for one in letters]


def refusals(done: Job) -> dict[int, str]:
    return {one.identity.offset: one.reason for one in done.account.refused}


def ignore(_: int) -> None:
    """Nobody looks at the progress."""


def test_what_a_reader_would_refuse_again_is_not_sent() -> None:
    later = b"\0\0\0\0\x63" + transaction()[5:]
    letters = [
        letter(TRANSACTIONS, 1, transaction()),
        letter(TRANSACTIONS, 2, b"garbage"),
        letter(TRANSACTIONS, 3, transaction()[:-1]),
        letter(TRANSACTIONS, 4, transaction(customer_id=-1)),
        letter(TRANSACTIONS, 5, later),
        letter(TRANSACTIONS, 6, None),
        letter(TRANSACTIONS, 7, transaction(), partition=4),
    ]
    kafka = Kafka()
    done = job(letters, kafka)
    done.run(done.left(chosen(letters)), ignore)
    assert [one.identity.offset for one in kafka.sent] == [1]
    reasons = refusals(done)
    assert set(reasons) == {2, 3, 4, 5, 6, 7}
    assert reasons[4] == "the customer id is not 1 to 4294967295"
    assert reasons[5] == "the registry knows no schema 99"
    assert reasons[6] == EMPTY
    assert reasons[7] == "c360.transactions has no partition 4"


def test_with_force_what_cannot_be_read_goes_but_not_to_where_nothing_is() -> None:
    letters = [letter(TRANSACTIONS, 2, b"garbage"), letter(TRANSACTIONS, 7, b"garbage", partition=4)]
    kafka = Kafka()
    done = job(letters, kafka, force=True)
    done.run(done.left(chosen(letters)), ignore)
    assert [one.identity.offset for one in kafka.sent] == [2]
    assert set(refusals(done)) == {7}


def test_an_old_version_is_not_put_behind_a_newer_one_that_compaction_would_then_forget() -> None:
    letters = [
        letter(CUSTOMERS, 1, customer(7, 3)),
        letter(CUSTOMERS, 2, customer(7, 4)),
        letter(CUSTOMERS, 3, customer(8, 1)),
        letter(CUSTOMERS, 4, b"garbage"),
    ]
    for force in (False, True):
        kafka = Kafka()
        done = job(letters, kafka, force=force)
        done.run(done.left(chosen(letters)), ignore)
        assert [one.identity.offset for one in kafka.sent] == [2, 3]
        assert refusals(done)[1] == "customer 7 has version 3 already, the letter is version 3"
        assert set(refusals(done)) == {1, 4}


def test_what_readers_cannot_use_goes_into_no_compacted_topic_with_force_either() -> None:
    letters = [
        letter(CUSTOMERS, 1, b"garbage"),
        letter(CUSTOMERS, 2, None),
        # It would take the place of the record that erases the customer.
        letter(CUSTOMERS, 3, customer(7, LAST_VERSION + 1)),
        letter(PRODUCTS, 4, None),
        letter(TRANSACTIONS, 5, None),
    ]
    kafka = Kafka()
    done = job(letters, kafka, force=True)
    done.run(done.left(chosen(letters)), ignore)
    assert [one.identity.offset for one in kafka.sent] == [5]
    why = "keeps the last record of a key alone, so not with --force either"
    reasons = refusals(done)
    assert set(reasons) == {1, 2, 3, 4}
    assert reasons[2] == f"{EMPTY}; c360.customers {why}"
    assert reasons[3] == f"the version is more than {LAST_VERSION}; c360.customers {why}"
    assert reasons[4] == f"{EMPTY}; c360.products {why}"


@pytest.mark.parametrize("together", [True, False])
def test_a_version_older_than_one_of_the_same_run_is_not_sent(together: bool) -> None:
    letters = [letter(CUSTOMERS, place, customer(8, version)) for place, version in ((1, 4), (2, 5), (3, 4), (4, 5))]
    kafka = Kafka()
    done = job(letters, kafka)
    # Read at once or in portions, it is one run.
    for some in [letters] if together else [[one] for one in letters]:
        done.run(done.left(chosen(some)), ignore)
    assert [one.identity.offset for one in kafka.sent] == [1, 2, 4]
    assert refusals(done) == {3: "customer 8 was replayed in version 5 already, the letter is version 4"}


@pytest.mark.parametrize("state", [SENT, BEGUN])
@pytest.mark.parametrize("is_chosen", [True, False])
def test_a_run_that_goes_on_knows_the_versions_that_the_killed_one_sent(state: str, is_chosen: bool) -> None:
    newer, older = letters = [letter(CUSTOMERS, 1, customer(8, 5)), letter(CUSTOMERS, 2, customer(8, 4))]
    known = chosen([newer], state) + chosen([older], BEGUN)
    # ClickHouse does not have version 5 yet.
    kafka = Kafka(arrived={newer.identity: 95})
    done = job(letters, kafka, known)
    done.run(done.left(known if is_chosen else known[1:]), ignore)
    assert kafka.sent == []
    assert refusals(done) == {2: "customer 8 was replayed in version 5 already, the letter is version 4"}
    # Nothing has arrived of either: both are still to be sent, in their order but for the older version.
    lost = Kafka()
    done = job(letters, lost, chosen(letters, BEGUN))
    done.run(done.left(chosen(letters, BEGUN)), ignore)
    assert lost.sent == [newer]


def test_what_was_sent_with_force_and_nobody_could_use_holds_no_version_back() -> None:
    letters = [letter(CUSTOMERS, 1, customer(8, LAST_VERSION + 1)), letter(CUSTOMERS, 2, customer(8, 4))]
    known, kafka = chosen(letters[:1], SENT) + chosen(letters[1:]), Kafka()
    done = job(letters, kafka, known)
    done.run(done.left(known), ignore)
    assert kafka.sent == letters[1:]


def test_a_version_may_be_sent_again_but_no_older_one() -> None:
    letters = [letter(CUSTOMERS, 1, customer(8, 4)), letter(CUSTOMERS, 2, customer(8, 5))]
    known, kafka = chosen(letters, SENT), Kafka()
    done = job(letters, kafka, known, again=True)
    done.run(done.left(known), ignore)
    assert kafka.sent == letters[1:]
    assert set(refusals(done)) == {1}


@pytest.mark.parametrize("topic", [CUSTOMER_FEATURES, "c360v1.transactions"])
def test_topics_that_are_not_replayed(topic: Topic | str) -> None:
    kafka = Kafka()
    letters = [letter(topic, 1, b"garbage")]
    done = job(letters, kafka, force=True)
    done.run(done.left(chosen(letters)), ignore)
    assert kafka.sent == []
    assert len(refusals(done)) == 1


def test_what_was_sent_before_is_not_sent_and_what_was_begun_is_looked_for() -> None:
    letters = [letter(TRANSACTIONS, offset, transaction()) for offset in (1, 2, 3)]
    there = letters[1].identity
    known = chosen(letters[:1], SENT) + chosen(letters[1:], BEGUN)
    kafka = Kafka(arrived={there: 95})
    done = job(letters, kafka)
    done.run(done.left(known), ignore)
    assert [one.identity.offset for one in kafka.sent] == [3]
    assert kafka.noted == {there: 95}
    assert (done.account.before, done.account.arrived, done.account.sent) == (1, 1, 1)
    again = job(letters, Kafka(), again=True)
    assert len(again.left(known)) == 3


def test_a_dry_run_sends_and_notes_nothing() -> None:
    letters = [letter(TRANSACTIONS, offset, transaction()) for offset in (1, 2)]
    kafka = Kafka(arrived={letters[0].identity: 95})
    done = job(letters, kafka, dry_run=True)
    done.run(done.left(chosen(letters, BEGUN)), ignore)
    assert (kafka.sent, kafka.noted) == ([], {})
    assert (done.account.arrived, done.account.sent) == (1, 1)


def test_what_kafka_does_not_take_is_said() -> None:
    letters = [letter(TRANSACTIONS, offset, transaction()) for offset in (1, 2)]
    done = job(letters, Kafka(refuses=letters[0].identity))
    done.run(done.left(chosen(letters)), ignore)
    assert refusals(done) == {1: "Kafka: too large"}
    assert done.account.sent == 1


def test_a_product_that_the_table_cannot_hold_is_refused() -> None:
    judge = Judge(SETTINGS, REGISTRY, DATABASE)
    rest = {
        "name": "A", "category": "Home", "brand": "B", "price": Decimal("1.00"), "stock_quantity": 1,
        "launch_date": AT.date(), "deleted": False,
    }  # fmt: skip
    numbers = ((0, 1), (1 << 32, 1), (5, -1), (5, 1))
    letters = [
        letter(
            PRODUCTS,
            place,
            wire.encode({"product_id": number, "version": version, **rest}, schema("product"), IDS[PRODUCTS.stream]),
        )
        for place, (number, version) in enumerate(numbers)
    ]
    found = judge.unreadable(letters)
    assert [found.get(one) for one in letters] == [
        *["the product id is not 1 to 4294967295"] * 2,
        "the version is negative",
        None,
    ]
