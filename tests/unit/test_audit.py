"""An audit that could ask nobody says so, and then the lock's age decides."""

import datetime as dt

import pytest

from tests.audit import LOCK, OLDEST, made, verdict

DAY = dt.timedelta(days=1)
KNOWN = {"name": "one", "version": "1.0", "vulns": []}
SKIPPED = {"name": "other", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize("report", [None, {"dependencies": []}, {"dependencies": [SKIPPED]}])
def test_where_nobody_was_asked_an_old_lock_is_refused(report: dict[str, object] | None) -> None:
    lines, well = verdict(report, OLDEST)
    assert well
    assert lines == ["Nobody here can say what is known of the pinned versions; they are 180 days old."]
    lines, well = verdict(report, OLDEST + DAY)
    assert not well
    assert "more than 180. Run 'make lock'" in lines[0]


def test_a_known_vulnerability_is_refused_however_new_the_lock_is() -> None:
    bad = {"name": "two", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
    worse = {"name": "three", "version": "3.0", "vulns": [{"id": "PYSEC-2", "fix_versions": []}]}
    lines, well = verdict({"dependencies": [KNOWN, bad, worse, SKIPPED]}, DAY)
    assert not well
    assert lines == [
        "two 2.0: PYSEC-1, mended in 2.1",
        "three 3.0: PYSEC-2, mended in no version",
        "2 known vulnerabilities in 3 pinned versions; of 1 nothing is known.",
    ]


def test_without_any_all_is_well_however_old_the_lock_is() -> None:
    assert verdict({"dependencies": [KNOWN]}, 1000 * DAY) == (["0 known vulnerabilities in 1 pinned versions."], True)


def test_the_lock_says_when_it_was_made() -> None:
    assert made(LOCK.read_text(encoding="utf-8")) >= dt.date(2026, 11, 1)
    with pytest.raises(ValueError, match="make it by 'make lock'"):
        made("aiofiles==1.0\n")
