"""`python -m ops.compose.environment`: writes .env with a made password or key for each that docker-compose.yml wants.

It runs on Python alone, before anything is set up: who runs servers needs nothing else of this project installed.
"""

import os
import re
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"

#: A variable without a default: ${NAME:?why}.
_REQUIRED = re.compile(r"\$\{(\w+):\?")
_HEAD = """\
# Read by docker compose. Made by 'make env', for your eyes only: whoever reads it may read and write everything.
# Profiles: core is the pipeline, watch adds Prometheus, Grafana and Alertmanager, demo adds a simulator.
COMPOSE_PROFILES=core
"""


def passwords(compose: str) -> list[str]:
    """Names of the variables that a compose file wants and has no default for, in the order of its text."""
    return list(dict.fromkeys(_REQUIRED.findall(compose)))


def write(target: Path, compose: str) -> None:
    """Makes the file, readable by its owner alone; one that is there stays as it is.

    Raises:
        FileExistsError: it is there.
    """
    lines = [f"{name}={secrets.token_urlsafe(24)}\n" for name in passwords(compose)]
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_HEAD + "".join(lines))


def main() -> int:
    """Writes .env beside docker-compose.yml; answers the exit code."""
    target = ROOT / ".env"
    try:
        write(target, COMPOSE.read_text(encoding="utf-8"))
    except FileExistsError:
        sys.stderr.write(
            f"Error: {target} is there already, and its passwords are in use. "
            "docs/operations.md says how one is changed.\n"
        )
        return 1
    sys.stdout.write(f"{target} is written. Next: docker compose up -d\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
