"""A file of arrays comes back as it was written or not at all."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream_processors import array_file
from stream_processors.array_file import Content, TornError
from tests.support.synced import synced

CONTENT = Content({"records": 5}, {"a": np.arange(50), "b": np.array([1.5, -0.0]), "none": np.empty(0, np.int8)})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "one"
    assert array_file.write(path, CONTENT) == path.stat().st_size
    found = array_file.read(path)
    assert found.meta == array_file.read_meta(path) == CONTENT.meta
    assert [(name, array.dtype, array.tolist()) for name, array in found.arrays.items()] == [
        (name, array.dtype, array.tolist()) for name, array in CONTENT.arrays.items()
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_the_file_and_then_its_name_are_on_the_disk_before_it_is_called_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut leaves the new file or what was there before."""
    path, done = tmp_path / "one", synced(monkeypatch)
    size = array_file.write(path, CONTENT)
    assert done == [tmp_path / "one.part", tmp_path]  # all of it before it has its name, and then the name
    assert path.stat().st_size == size


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_damage_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "one"
    if not (tmp_path / "whole").exists():
        array_file.write(tmp_path / "whole", CONTENT)
    whole = (tmp_path / "whole").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    path.write_bytes(data.draw(st.sampled_from([whole[:at], flipped, whole + whole, whole + b"\0"])))
    with pytest.raises(TornError):
        array_file.read(path)
