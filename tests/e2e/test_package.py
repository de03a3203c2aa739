"""The wheel in an environment of its own, outside the source tree: up, asked, down."""

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.stack import environment, stop
from ops.stack.members import members
from schemas.settings import Settings
from tests.e2e.conftest import installation
from tests.support.waiting import GIVE_UP, wait_for

ROOT = Path(__file__).parents[2]


def run(*words: object, **options: object) -> str:
    done = subprocess.run(
        list(map(str, words)),
        capture_output=True,
        text=True,
        timeout=GIVE_UP,
        check=False,
        **options,  # type: ignore[call-overload]  # env, cwd
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel and the packages it needs, and not the source tree."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    (wheel,) = folder.glob("*.whl")
    run(programs / "python", "-m", "pip", "install", "--no-deps", "--no-index", wheel)
    # The packages of this environment, without its own .pth files: these lead to the source tree.
    site = Path(run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with installation(tmp_path) as (here, _):
        yield here
        stop(here)
        assert members(here.home) == []


def test_it_runs_outside_the_source_tree(installed: Path, settings: Settings, tmp_path: Path) -> None:
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | environment(settings)

    def said(program: str, *words: str) -> str:
        return run(installed / program, *words, env=elsewhere, cwd=tmp_path)

    places = said("python", "-c", "import ops, queries, sinks; print(ops.__file__, queries.__file__, sinks.__file__)")
    assert all(place.startswith(str(installed.parent)) for place in places.split())
    assert "is up after" in said("c360", "up", "-d")
    said(
        "python",
        "-m",
        "producers.simulate",
        "--customers",
        "50",
        "--products",
        "20",
        "--events",
        "500",
        "--rate",
        "max",
    )
    wait_for(lambda: "customers" in said("c360", "sql", "1"), "a report answers", seconds=60, every=1.0)
    for words in (("cypher", "3"), ("alerts",), ("queries",), ("topics",), ("status",)):
        said("c360", *words)
    assert said("c360", "down") == "The stack is down.\n"
