"""The last verification, for those who watch."""

from pathlib import Path

from stream_processors.recomputation.outcome import FILE, Outcome, keep, kept


def test_the_last_one_counts(tmp_path: Path) -> None:
    assert kept(tmp_path) == Outcome(0, 0.0)
    (tmp_path / FILE).parent.mkdir()
    for wrong in (3, 0):
        keep(tmp_path, wrong)
        found = kept(tmp_path)
        assert found.wrong == wrong
        assert found.at > 0
    assert list((tmp_path / FILE).parent.iterdir()) == [tmp_path / FILE]


def test_what_cannot_be_read_is_none(tmp_path: Path) -> None:
    (tmp_path / FILE).parent.mkdir()
    for text in ("", "[]", '{"wrong": 1}'):
        (tmp_path / FILE).write_text(text)
        assert kept(tmp_path) == Outcome()


def test_where_no_worker_has_its_state_nothing_is_left(tmp_path: Path) -> None:
    """A folder with a file in it would be no stack's, and refused by 'c360 up'."""
    keep(tmp_path, 3)
    keep(tmp_path / "none", 3)
    assert list(tmp_path.iterdir()) == []
