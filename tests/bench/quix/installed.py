"""The virtual environment of Quix Streams in the cache folder, made once for its pinned requirements.

Pinned anew, in this folder, with: uv pip compile requirements.in --universal --python-version 3.11 --generate-hashes
--no-header --no-annotate --no-emit-index-url -o requirements.txt
"""

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python(cache: Path) -> Path:
    """The interpreter that has Quix Streams; installs it where it is missing.

    Raises:
        CalledProcessError: what is pinned cannot be had.
    """
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = cache / "bench" / f"quix-{digest}"
    interpreter, ready = folder / "bin" / "python", folder / ".ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*command, "--require-hashes", "--no-deps", "-r", str(REQUIREMENTS)], check=True)
        ready.touch()
    return interpreter


def version(interpreter: Path) -> str:
    """The version of Quix Streams there."""
    (library,) = (interpreter.parents[1] / "lib").glob("python*/site-packages")
    (found,) = distributions(name="quixstreams", path=[str(library)])
    return found.version
