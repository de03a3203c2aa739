"""Keys by name, from a setting and a file that changes, and the rate of each."""

import hashlib
from pathlib import Path

import pytest

from queries.api.access import FIRST, FORGET_SECONDS, Keys, Limits, read_keys
from schemas.errors import SettingError
from tests.unit.queries.api.fakes import KEY, settings

OTHER = "another key, long enough".replace(" ", "-")


def test_the_key_of_the_setting() -> None:
    keys = Keys(settings())
    assert keys.name_of(KEY) == FIRST
    assert keys.name_of(KEY + " ") is None
    assert keys.name_of("") is None


def test_the_key_of_the_embedded_stack_is_read_from_its_secrets(tmp_path: Path) -> None:
    here = settings(api_key="", home=tmp_path)
    with pytest.raises(SettingError, match=r"No password for the API: C360_API_KEY is not set and .*secrets/api"):
        Keys(here)
    here.secret_path("api").parent.mkdir()
    here.secret_path("api").write_text(OTHER + "\n")
    assert Keys(here).name_of(OTHER) == FIRST


def test_more_keys_stand_in_a_file_also_as_their_hash(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    hashed = hashlib.sha256(b"one that nobody wrote down").hexdigest()
    file.write_text(f"# who may ask\n\nconsole {OTHER}\nreports sha256:{hashed}\n")
    keys = Keys(settings(api_keys_file=str(file)))
    assert keys.name_of(OTHER) == "console"
    assert keys.name_of("one that nobody wrote down") == "reports"
    assert keys.name_of(KEY) == FIRST
    assert keys.name_of(hashed) is None


def test_a_file_that_changes_is_read_again_and_one_that_is_broken_leaves_what_was_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    file.write_text(f"console {OTHER}\n")
    keys = Keys(settings(api_keys_file=str(file)))
    file.write_text(f"console {OTHER}-renewed\n")
    assert keys.name_of(OTHER) is None
    assert keys.name_of(f"{OTHER}-renewed") == "console"
    file.write_text("console\n")
    assert keys.name_of(f"{OTHER}-renewed") == "console"
    assert "Line 1 of C360_API_KEYS_FILE" in caplog.text
    file.unlink()
    assert keys.name_of(f"{OTHER}-renewed") == "console"
    assert OTHER not in caplog.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("console short", "Line 1 .* is no NAME KEY with a key of 16 characters"),
        (f"{OTHER}", "Line 1 .* is no NAME KEY"),
        (f"console {OTHER}\nconsole {OTHER}2", "Line 2 .* gives 'console' a second key"),
        (f"{FIRST} {OTHER}", "gives 'default' a second key"),
    ],
)
def test_a_line_that_is_no_key_is_said_without_what_it_holds(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(SettingError, match=words) as said:
        read_keys(file)
    assert OTHER not in str(said.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"C360_API_KEYS_FILE has the value '.*nowhere': No such file"):
        Keys(settings(api_keys_file=str(tmp_path / "nowhere")))


def test_a_burst_then_the_rate_and_each_key_for_itself() -> None:
    clock = [100.0]
    limits = Limits(8.0, lambda: clock[0])
    assert [limits.take("one") for _ in range(16)] == [0.0] * 16
    assert limits.take("one") == pytest.approx(0.125)
    assert limits.take("two") == 0.0
    clock[0] += 0.125
    assert limits.take("one") == 0.0
    assert limits.take("one") == pytest.approx(0.125)
    clock[0] += 3600
    assert [limits.take("one") for _ in range(16)] == [0.0] * 16
    assert limits.take("one") > 0


def test_less_than_a_request_a_second_lets_one_in() -> None:
    clock = [0.0]
    limits = Limits(0.1, lambda: clock[0])
    assert limits.take("one") == 0.0
    assert limits.take("one") == pytest.approx(10.0)


def test_buckets_that_are_full_again_are_forgotten_and_no_other() -> None:
    clock = [0.0]
    limits = Limits(1.0, lambda: clock[0])
    for number in range(1000):
        limits.take(f"10.0.{number // 256}.{number % 256}")
    clock[0] += FORGET_SECONDS - 1.0
    assert [limits.take("busy") for _ in range(2)] == [0.0, 0.0]
    clock[0] += 1.0
    assert limits.take("another") == 0.0
    assert len(limits) == 2
    assert limits.take("busy") == 0.0
    assert limits.take("busy") > 0.0
