"""What the launcher is told survives its file."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ops.launcher.probes import Probe
from ops.launcher.spec import Launches, LaunchSpec, Preparation

texts = st.text(st.characters(exclude_categories=["Cs"]))
commands = st.lists(texts).map(tuple)
probes = st.builds(Probe, st.sampled_from(["kafka", "http"]), texts)
specs = st.builds(
    LaunchSpec,
    texts,
    commands,
    st.dictionaries(texts, probes),
    st.none() | st.builds(Preparation, texts, commands),
    st.integers(0, 1 << 40),
)


@given(specs)
def test_what_is_written_is_read_again(spec: LaunchSpec) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spec.json"
        spec.write(path)
        assert LaunchSpec.read(path) == spec


def test_launches_are_counted_and_spoiled_counts_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "kafka.launches"
    assert Launches.read(path) == Launches(0, 0.0)
    Launches(3, 1.5).write(path)
    assert Launches.read(path) == Launches(3, 1.5)
    path.write_text("")
    assert Launches.read(path) == Launches(0, 0.0)
