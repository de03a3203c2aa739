"""Following a log while it is written and rotated."""

from pathlib import Path

from ops.stack.logs import Follower, last_lines


def test_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    assert last_lines(log, 2) == []
    log.write_bytes(b"one\ntwo\nthree \xff\n")
    assert last_lines(log, 2) == ["two", "three \N{REPLACEMENT CHARACTER}"]
    assert last_lines(log, 0) == []


def test_only_what_is_new_and_whole_lines_of_it(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("old\n")
    follower = Follower(log)
    assert list(follower.lines()) == []
    with log.open("a") as file:
        file.write("new\nhal")
        file.flush()
        assert list(follower.lines()) == ["new"]
        file.write("f\n")
    assert list(follower.lines()) == ["half"]


def test_a_rotated_log_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("old\n")
    follower = Follower(log)
    log.rename(tmp_path / "a.log.1")
    log.write_text("first after\n")
    assert list(follower.lines()) == ["first after"]


def test_a_log_that_appears_later(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "a.log")
    assert list(follower.lines()) == []
    (tmp_path / "a.log").write_text("here\n")
    assert list(follower.lines()) == ["here"]
