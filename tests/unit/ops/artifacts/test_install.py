"""Set-up against a repository that cuts off, spoils or is gone."""

import io
from pathlib import Path

import pytest
import requests
import tenacity
from rich.console import Console

from ops.artifacts.install import archive_folder, damaged, file_of, install, installed
from ops.artifacts.manifest import Entry
from schemas.errors import C360Error, UnreachableError
from tests.unit.ops.artifacts.repository import ARCHIVE, BASE, JAR, Repository, archive, part_of

BODY = bytes(range(256)) * 4


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenacity, "sleep_using_event", lambda _: lambda _: None)


@pytest.fixture
def repository(monkeypatch: pytest.MonkeyPatch) -> Repository:
    return served(Repository(), monkeypatch)


def served(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setattr(requests, "get", repository.get)
    return repository


def set_up(cache: Path, *entries: Entry) -> str:
    out = io.StringIO()
    install(cache, entries, BASE, Console(file=out))
    return out.getvalue()


def test_everything_is_downloaded_checked_and_unpacked_once(tmp_path: Path, repository: Repository) -> None:
    entries = repository.hold(JAR, BODY), repository.hold(ARCHIVE, archive(lib=b"code"))
    said = set_up(tmp_path, *entries)
    assert file_of(tmp_path, JAR).read_bytes() == BODY
    assert (archive_folder(tmp_path, ARCHIVE) / "lib").read_bytes() == b"code"
    assert "2 files" in said
    assert "100 %" in said
    assert installed(tmp_path, entries)
    assert damaged(tmp_path, entries) == []


def test_the_second_run_asks_nobody_and_touches_nothing(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    set_up(tmp_path, entry)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    repository.asked.clear()
    assert set_up(tmp_path, entry) == ""
    assert repository.asked == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_part_file_is_gone_on_with(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    part = part_of(tmp_path, JAR)
    part.parent.mkdir(parents=True)
    part.write_bytes(BODY[:300])
    set_up(tmp_path, entry)
    assert repository.asked == [(JAR.filename, 300)]
    assert file_of(tmp_path, JAR).read_bytes() == BODY
    assert not part.exists()


def test_a_cut_line_is_tried_again_from_where_it_was_cut(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    repository.cuts = [200, 0, 500]
    set_up(tmp_path, entry)
    assert [first for _, first in repository.asked] == [0, 200, 200, 700]
    assert file_of(tmp_path, JAR).read_bytes() == BODY


def test_a_server_without_ranges_gives_the_whole_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = served(Repository(ranges=False), monkeypatch)
    entry = repository.hold(JAR, BODY)
    repository.cuts = [500]
    set_up(tmp_path, entry)
    assert file_of(tmp_path, JAR).read_bytes() == BODY


def test_a_line_that_stays_cut_keeps_what_came_and_says_so(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    repository.cuts = [200] + [0] * 10
    with pytest.raises(UnreachableError, match=r"ConnectionError.*try again.*C360_MAVEN_REPOSITORY"):
        set_up(tmp_path, entry)
    assert part_of(tmp_path, JAR).read_bytes() == BODY[:200]
    assert not file_of(tmp_path, JAR).exists()
    assert not installed(tmp_path, (entry,))


def test_other_content_is_deleted_and_refused(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    repository.hold(JAR, BODY[::-1])
    with pytest.raises(C360Error, match=f"{JAR.filename} is not the file.*deleted"):
        set_up(tmp_path, entry)
    assert not file_of(tmp_path, JAR).exists()
    assert not part_of(tmp_path, JAR).exists()


def test_a_file_that_was_there_but_wrong_is_deleted_and_refused(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    whole = file_of(tmp_path, JAR)
    whole.parent.mkdir(parents=True)
    whole.write_bytes(b"half")
    with pytest.raises(C360Error, match="deleted"):
        set_up(tmp_path, entry)
    assert not whole.exists()
    set_up(tmp_path, entry)
    assert whole.read_bytes() == BODY


def test_a_file_that_has_gone_is_noticed_and_fetched(tmp_path: Path, repository: Repository) -> None:
    entries = repository.hold(JAR, BODY), repository.hold(ARCHIVE, archive(lib=b"code"))
    set_up(tmp_path, *entries)
    file_of(tmp_path, JAR).unlink()
    repository.asked.clear()
    assert not installed(tmp_path, entries)
    set_up(tmp_path, *entries)
    assert repository.asked == [(JAR.filename, 0)]


def test_damage_is_found_by_reading(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    set_up(tmp_path, entry)
    file_of(tmp_path, JAR).write_bytes(BODY[::-1])
    assert damaged(tmp_path, (entry,)) == [file_of(tmp_path, JAR)]


def test_a_file_the_repository_lacks_is_not_asked_for_again(tmp_path: Path, repository: Repository) -> None:
    entry = repository.hold(JAR, BODY)
    repository.files.clear()
    with pytest.raises(UnreachableError, match="HTTP 404"):
        set_up(tmp_path, entry)
    assert len(repository.asked) == 1


def test_a_folder_that_cannot_be_one_is_named(tmp_path: Path, repository: Repository) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(C360Error, match=r"cannot be written.*C360_CACHE"):
        set_up(tmp_path / "cache", repository.hold(JAR, BODY))
