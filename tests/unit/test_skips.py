"""The list of allowed skips holds: what skips itself, a test or a whole file, fails the run, however it is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import GIVE_UP

ROOT = Path(__file__).parents[2]
TESTS = {
    "test_call.py": "import pytest\n\ndef test_one():\n    pytest.skip('no')\n",
    "test_mark.py": "import pytest\n\n@pytest.mark.skip(reason='no')\ndef test_one(): ...\n",
}
FILES = {
    "test_file.py": "import pytest\n\npytest.skip('no', allow_module_level=True)\n",
    "test_import.py": "import pytest\n\npytest.importorskip('no_such_module')\n",
}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-c", os.devnull, "--rootdir", str(folder)]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *words, str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=GIVE_UP, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("processes", ["0", "1"])
@pytest.mark.parametrize("files", [TESTS, FILES], ids=["tests", "files"])
def test_a_skip_that_is_not_listed_fails_the_run(tmp_path: Path, files: dict[str, str], processes: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "test_other.py").write_text("def test_two(): ...\n")
    done = run(tmp_path, "--numprocesses", processes)
    assert done.returncode != 0
    for name in files:
        assert f"SKIP NOT ALLOWED {name}" in done.stdout


def test_a_skip_that_is_listed_does_not(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("import pytest\n\ndef test_kcat_reads_alerts():\n    pytest.skip('no')\n")
    assert run(tmp_path).returncode == 0
