"""No part takes more memory than it may: it ends, and the others go on."""

import subprocess
import sys
from pathlib import Path

from ops.artifacts.runtime import Runtime
from ops.launcher.spec import LaunchSpec
from ops.stack.home import Home
from ops.stack.parts import CLICKHOUSE, PARTS
from ops.stack.render import render
from schemas.settings import Settings
from tests.support.waiting import GIVE_UP

TAKES = "import sys; held = bytearray(int(sys.argv[1]) << 20); print(len(held) >> 20)"
MOST = 512 << 20


def launched(folder: Path, mebibytes: int) -> subprocess.CompletedProcess[str]:
    spec = folder / "part.json"
    LaunchSpec("part", (sys.executable, "-c", TAKES, str(mebibytes)), {}, memory=MOST).write(spec)
    command = [sys.executable, "-m", "ops.launcher", str(spec)]
    return subprocess.run(command, capture_output=True, text=True, timeout=GIVE_UP, check=False)


def test_a_part_beyond_its_memory_ends_with_an_error(tmp_path: Path) -> None:
    assert launched(tmp_path, 256).stdout == "256\n"
    beyond = launched(tmp_path, 600)
    assert beyond.returncode == 1
    assert beyond.stderr.splitlines()[-1] == "MemoryError"


def test_every_part_has_a_cap(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.run.mkdir(parents=True)
    runtime = Runtime(Path("/java"), (Path("/a.jar"),), Path("/registry.jar"), "1", tmp_path)
    render(Settings(home=home.root), home, PARTS, runtime)
    for part in PARTS:
        if part.is_java:
            words = (home.run / f"{part.name}.args").read_text(encoding="utf-8").split()
            assert any(word.startswith("-Xmx") for word in words), part.name
            assert "-XX:+ExitOnOutOfMemoryError" in words, part.name
        elif part is not CLICKHOUSE:  # it has max_server_memory_usage, which its own tests see
            assert LaunchSpec.read(home.spec(part.name)).memory == part.memory > 0, part.name
