"""A copy is what the original was at the end, whatever was written to it while the first pass read it."""

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ops.backup.mirror import Mirror

NAMES = st.sampled_from(["a", "b", "part/x", "part/y", "part/inner/z", "run/lock"])
TREES = st.dictionaries(NAMES, st.binary(max_size=8))
LEFT_OUT = frozenset({"run"})


def write(root: Path, tree: dict[str, bytes]) -> None:
    for name, content in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def read(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def folders(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_dir()}


@given(before=TREES, after=TREES)
def test_the_second_pass_makes_it_what_it_is_then(before: dict[str, bytes], after: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "source"), Path(scratch, "target")
        source.mkdir()
        target.mkdir()
        write(source, before)
        mirror = Mirror(source, target, LEFT_OUT)
        mirror.copy(lambda _: None)
        for name in before:
            (source / name).unlink()
        write(source, after)
        # Every one of these files was written since: their times need not differ from those of the first pass.
        mirror.copy(lambda _: None, 1)
        assert read(target) == {name: content for name, content in read(source).items() if not name.startswith("run")}
        assert folders(target) == folders(source) - {"run"}


def test_of_the_same_size_and_time_it_is_copied_where_it_may_have_been_written_since(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    target.mkdir()
    write(source, {"a": b"one"})
    mirror = Mirror(source, target, frozenset())
    mirror.copy(lambda _: None)
    about = (source / "a").stat()
    (source / "a").write_bytes(b"two")
    os.utime(source / "a", ns=(about.st_mtime_ns, about.st_mtime_ns))
    mirror.copy(lambda _: None, about.st_mtime_ns)
    assert read(target) == {"a": b"two"}


def test_what_is_alike_is_left_alone(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    target.mkdir()
    write(source, {"old": b"old", "new": b"new"})
    os.utime(source / "old", ns=(10**18, 10**18))
    mirror = Mirror(source, target, frozenset())
    mirror.copy(lambda _: None)
    inode = (target / "old").stat().st_ino
    mirror.copy(lambda _: None, (source / "new").stat().st_mtime_ns)
    assert (target / "old").stat().st_ino == inode


def test_links_modes_and_folders_of_removed_parts(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    target.mkdir()
    write(source, {"store/part_1/data": b"1", "store/part_2/data": b"2", "secret": b"s"})
    (source / "secret").chmod(0o600)
    (source / "table").symlink_to("store")
    mirror = Mirror(source, target, frozenset())
    mirror.copy(lambda _: None)
    assert (target / "table").readlink() == Path("store")
    assert (target / "secret").stat().st_mode & 0o777 == 0o600
    (source / "store/part_1/data").unlink()
    (source / "store/part_1").rmdir()
    mirror.copy(lambda _: None)
    assert not (target / "store/part_1").exists()
    assert read(target)["store/part_2/data"] == b"2"
