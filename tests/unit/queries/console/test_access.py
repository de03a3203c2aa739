"""Who is let in: the password, the cookie, until when."""

from pathlib import Path

import pytest

from queries.console.access import SESSION_SECONDS, Access
from schemas.errors import SettingError
from schemas.settings import Settings

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


def test_a_session_ends_after_its_time_and_with_the_password() -> None:
    clock = Clock()
    session = cookie(access(clock).session())
    assert access(clock).lets_in(f"other=1; {session}")
    assert not access(clock, "another password of these").lets_in(session)
    clock.now += SESSION_SECONDS + 1
    assert not access(clock).lets_in(session)


@pytest.mark.parametrize("value", ["", "1", "9999999999.", "9999999999.0000", "²³.ab", "x.y", '"', "9999999999.ÿ"])
def test_what_is_no_session_lets_nobody_in(value: str) -> None:
    here = access(Clock())
    assert not here.lets_in(f"{here.name}={value}")
    assert not here.lets_in(value)


def test_two_stacks_of_one_machine_keep_their_sessions_apart() -> None:
    assert access(Clock(), console_port=1001).name != access(Clock(), console_port=1002).name


def test_the_cookie_is_for_this_address_alone_and_no_script_reads_it() -> None:
    header = access(Clock()).session()
    assert "HttpOnly" in header
    assert "SameSite=Strict" in header
    assert "Secure" not in header
    assert "Secure" in access(Clock(), console_tls_certificate="/a", console_tls_key="/b").session()
    assert access(Clock()).no_session().endswith("Max-Age=0")


def test_without_a_password_nothing_begins(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="C360_CONSOLE_PASSWORD is not set"):
        Access(Settings(home=tmp_path))
