"""Who is let in: the password, the cookie, until when."""

import asyncio
import inspect
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from queries.console.access import ALL_ATTEMPTS_PER_SECOND, SESSION_SECONDS, Access, Session
from schemas.errors import SettingError
from schemas.settings import Settings
from tests.support.waiting import GIVE_UP

PASSWORD = "a password of these tests"


class Clock:
    """A time that is set."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def access(clock: Clock, password: str = PASSWORD, **more: object) -> Access:
    return Access(Settings(console_password=password, **more), clock)  # type: ignore[arg-type]  # any settings


def cookie(header: str) -> str:
    return header.partition(";")[0]


def test_the_password_lets_in_and_no_other() -> None:
    here = access(Clock())
    assert here.is_password(PASSWORD)
    assert not any(here.is_password(given) for given in ("", PASSWORD + " ", PASSWORD[:-1], "\udcff"))


def test_a_session_ends_after_its_time_and_with_the_process() -> None:
    clock = Clock()
    here = access(clock)
    session = cookie(here.session())
    assert here.found(f"other=1; {session}") is not None
    assert access(clock).found(session) is None
    clock.now += SESSION_SECONDS + 1
    assert here.found(session) is None


def test_a_session_that_was_left_lets_nobody_in_who_kept_its_cookie_and_others_stay() -> None:
    here = access(Clock())
    left, stays = cookie(here.session()), cookie(here.session())
    assert here.leave(left).endswith("Max-Age=0")
    assert here.found(left) is None
    assert here.found(stays) is not None


def test_a_cookie_tells_nothing_of_the_password() -> None:
    """Two of one password have nothing in common, so that none is a thing to try guesses on."""
    here = access(Clock())
    one, other = (cookie(here.session()).partition("=")[2] for _ in range(2))
    assert one != other
    assert len(one) == len(other) == 43


@pytest.mark.parametrize("value", ["", "1", "9999999999.", "9999999999.0000", "²³.ab", "x.y", '"', "9999999999.ÿ"])
def test_what_is_no_session_lets_nobody_in(value: str) -> None:
    here = access(Clock())
    here.session()
    assert here.found(f"{here.name}={value}") is None
    assert here.found(value) is None


def test_a_session_is_over_when_it_is_left_or_its_time_is() -> None:
    clock = Clock()
    here = access(clock)

    async def ended(session: Session, end: Callable[[], object]) -> None:
        waiting = asyncio.create_task(here.over(session))
        await asyncio.sleep(0)
        assert not waiting.done()
        end()
        await asyncio.wait_for(waiting, GIVE_UP)

    def pass_by() -> None:
        clock.now += 1

    left = cookie(here.session())
    session = here.found(left)
    assert session is not None
    asyncio.run(ended(session, lambda: here.leave(left)))
    asyncio.run(ended(Session(clock.now + 0.01), pass_by))


def test_attempts_go_by_a_clock_that_nobody_sets() -> None:
    assert inspect.signature(Access).parameters["now"].default is time.monotonic


def test_guesses_from_many_addresses_are_no_faster_than_all_together_may_be() -> None:
    clock = Clock()
    here = access(clock)
    burst = [here.attempt(f"10.0.0.{number}") for number in range(100)]
    assert sum(burst) == 2 * ALL_ATTEMPTS_PER_SECOND
    clock.now += 1
    assert sum(here.attempt(f"10.0.1.{number}") for number in range(100)) == ALL_ATTEMPTS_PER_SECOND
    assert [access(clock).attempt("one") for _ in range(2)] == [True, True]


@pytest.mark.parametrize("length", [1, 15])
def test_a_short_password_is_refused_without_being_said(length: int) -> None:
    with pytest.raises(SettingError, match=f"has {length} characters, and needs 16 or more") as raised:
        access(Clock(), "x" * length)
    assert "x" * max(2, length) not in str(raised.value)
    access(Clock(), "x" * 16)


def test_two_stacks_of_one_machine_keep_their_sessions_apart() -> None:
    assert access(Clock(), console_port=1001).name != access(Clock(), console_port=1002).name


def test_the_cookie_is_for_this_address_alone_and_no_script_reads_it() -> None:
    header = access(Clock()).session()
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "Secure" not in header
    assert "Secure" in access(Clock(), console_tls_certificate="/a", console_tls_key="/b").session()


def test_without_a_password_nothing_begins(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="C360_CONSOLE_PASSWORD is not set"):
        Access(Settings(home=tmp_path))
