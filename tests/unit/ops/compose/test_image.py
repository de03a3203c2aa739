"""ops/Dockerfile: pinned, nobody's root, and made of files that are sent to it. With --soak its steps are run."""

import fnmatch
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.support.waiting import GIVE_UP

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / "ops" / "Dockerfile").read_text(encoding="utf-8")
#: (word, rest) of each instruction, in order; comments and continued lines are gone.
STEPS = [
    (word, rest)
    for line in re.sub(r"\\\n\s*", "", TEXT).splitlines()
    if line and not line.startswith("#")
    for word, rest in [line.split(" ", 1)]
]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, FROM first."""
    starts = [number for number, (word, _) in enumerate(STEPS) if word == "FROM"]
    return [STEPS[start:end] for start, end in zip(starts, [*starts[1:], len(STEPS)], strict=True)]


def copied() -> list[tuple[str, str]]:
    """(source, target) of all that comes from the project."""
    plain = [rest.split() for word, rest in STEPS if word == "COPY" and not rest.startswith("--from")]
    return [(source, words[-1]) for words in plain for source in words[:-1]]


def test_both_stages_stand_on_the_same_pinned_python() -> None:
    bases = [rest.split()[0] for word, rest in STEPS if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-\w+", bases[0])


def test_it_runs_as_nobody_in_particular_by_number() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}", next(rest for word, rest in reversed(STEPS) if word == "USER"))


def test_nothing_of_the_build_stage_but_what_was_installed_is_kept() -> None:
    _, last = stages()
    assert [rest for word, rest in last if word == "COPY"] == ["--from=build /opt/customer360 /opt/customer360"]


def test_what_is_copied_is_there_and_is_sent_to_the_engine() -> None:
    sent = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[0] == "!"]
    for source, _ in copied():
        assert (ROOT / source).exists()
        assert any(fnmatch.fnmatch(source, pattern) for pattern in sent)


def test_every_package_of_the_project_is_copied() -> None:
    packages = re.findall(r"^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r'"(\w+)"', packages[0])) <= {source for source, _ in copied()}


@pytest.mark.soak
@pytest.mark.timeout(3 * GIVE_UP)
def test_the_build_stages_steps_run_in_a_plain_folder(tmp_path: Path) -> None:
    """With this Python, in a folder of its own; what an image has at /opt/customer360 is made beside it."""
    home, made = tmp_path / "build", tmp_path / "customer360"
    home.mkdir()
    venv.create(tmp_path / "python", with_pip=True)
    environment = {**os.environ, "PATH": f"{tmp_path / 'python' / 'bin'}:{os.environ['PATH']}"}

    def run(step: str) -> None:
        subprocess.run(["bash", "-ec", step], check=True, timeout=2 * GIVE_UP, cwd=home, env=environment)

    # As new as the image's: what a Python brings along may be older.
    run("python -m pip install --quiet pip==25.3")
    for word, rest in stages()[0]:
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, home / target)
                else:
                    shutil.copy2(ROOT / source, home / source)
        elif word == "RUN":
            run(rest.replace("/opt/customer360", str(made)).replace("--no-cache-dir ", ""))
    python = made / "bin" / "python"
    for module in (
        "sinks",
        "stream_processors",
        "queries.graph.bolt",
        "queries.api",
        "queries.console",
        "producers.simulate",
        "ops.puppygraph",
    ):
        words = ["-P", "-m", module, "--help"]
        subprocess.run([str(python), *words], check=True, timeout=GIVE_UP, cwd=tmp_path, stdout=subprocess.PIPE)
    installed = {path.name for path in (made / "lib").glob("python3*/site-packages/*")}
    assert "chdb" in installed
    assert not {"pytest", "mypy", "ruff"} & installed
