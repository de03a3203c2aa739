"""The file of who is erased: written before anything depends on it, read strictly, and united with another home's."""

from pathlib import Path

import pytest

from schemas.erased import NAME, carry_over, remember, remembered
from schemas.errors import C360Error
from schemas.settings import Settings
from tests.support.synced import synced


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_nobody_before_the_first(here: Settings) -> None:
    assert remembered(here) == set()
    assert not (here.home / NAME).exists()


def test_each_once_and_for_its_owner_alone(here: Settings) -> None:
    remember(here, [18, 17])
    first = (here.home / NAME).read_text(encoding="ascii")
    assert [line.split()[:2] for line in first.splitlines()] == [["c360.customers", "17"], ["c360.customers", "18"]]
    assert (here.home / NAME).stat().st_mode & 0o777 == 0o600
    remember(here, [17, 18])
    assert (here.home / NAME).read_text(encoding="ascii") == first
    remember(here, [19])
    assert (here.home / NAME).read_text(encoding="ascii").startswith(first)
    assert remembered(here) == {17, 18, 19}


def test_it_is_on_the_disk_before_the_next_step(here: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    done = synced(monkeypatch)
    remember(here, [17])
    assert done == [here.home / NAME, here.home]


def test_the_number_of_another_installation_is_somebody_else(here: Settings) -> None:
    other = here.model_copy(update={"topic_prefix": "shop."})
    remember(other, [17])
    assert (remembered(here), remembered(other)) == (set(), {17})


def test_a_line_that_was_cut_off_is_none_and_the_next_one_is_whole(here: Settings) -> None:
    remember(here, [17])
    with (here.home / NAME).open("ab") as file:
        file.write(b"c360.customers 1")
    assert remembered(here) == {17}
    remember(here, [18])
    assert remembered(here) == {17, 18}
    assert (here.home / NAME).read_bytes().endswith(b"\n")


@pytest.mark.parametrize(
    "line",
    ["17", "c360.customers x 2026-01-01", "c360.customers 4294967296 2026-01-01", "c360.customers 0 2026", "\xff"],
)
def test_a_line_that_says_nothing_is_named(here: Settings, line: str) -> None:
    remember(here, [17])
    with (here.home / NAME).open("a", encoding="latin-1") as file:
        file.write(f"{line}\n")
    for use in (lambda: remembered(here), lambda: remember(here, [18])):
        with pytest.raises(C360Error, match=r"erased_customers, line 2: .*Correct it"):
            use()


def test_what_cannot_be_written_is_said(here: Settings) -> None:
    (here.home / NAME).mkdir()
    with pytest.raises(C360Error, match=r"erased_customers, which holds who is erased, cannot be read and written"):
        remember(here, [17])


def test_another_home_gets_all_of_it(here: Settings, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    there = here.model_copy(update={"home": tmp_path / "new"})
    other = there.model_copy(update={"topic_prefix": "shop."})
    carry_over(here.home, there.home)
    assert not (there.home / NAME).exists()
    remember(here, [17, 18])
    remember(here.model_copy(update={"topic_prefix": "shop."}), [3])
    remember(there, [17, 19])
    carry_over(here.home, there.home)
    assert (remembered(there), remembered(other)) == ({17, 18, 19}, {3})
