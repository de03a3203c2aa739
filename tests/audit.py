"""Holds what requirements.lock pins against the known vulnerabilities: `python -m tests.audit`.

Where nobody can be asked for them, the lock must at least not be old: what has become known since it was made is mended
in newer versions. Its hashes are what pip installs by, and a test's (tests/unit/test_lock.py).
"""

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

LOCK = Path(__file__).parents[1] / "requirements.lock"
#: Older than that, a lock of which nothing is known is made anew.
OLDEST = dt.timedelta(days=180)
_MADE = re.compile(r"# made on (\d{4}-\d\d-\d\d)\n")


def made(lock: str) -> dt.date:
    """When a lock was made, as its first line says.

    Raises:
        ValueError: it does not.
    """
    found = _MADE.match(lock)
    if found is None:
        raise ValueError("requirements.lock does not begin with '# made on YYYY-MM-DD': make it by 'make lock'.")
    return dt.date.fromisoformat(found[1])


def verdict(report: dict[str, Any] | None, age: dt.timedelta) -> tuple[list[str], bool]:
    """The lines to say of a report of pip-audit (None: it has made none) and the lock's age; whether all is well."""
    packages = report["dependencies"] if report else []
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        said = f"Nobody here can say what is known of the pinned versions; they are {age.days} days old"
        if age <= OLDEST:
            return [f"{said}."], True
        return [f"{said}, which is more than {OLDEST.days}. Run 'make lock', and the tests."], False
    found = [
        f"{one['name']} {one['version']}: {each['id']}, mended in {', '.join(each['fix_versions']) or 'no version'}"
        for one in asked
        for each in one["vulns"]
    ]
    unknown = len(packages) - len(asked)
    left = f"; of {unknown} nothing is known" if unknown else ""
    return [*found, f"{len(found)} known vulnerabilities in {len(asked)} pinned versions{left}."], not found


def report() -> dict[str, Any] | None:
    """What pip-audit says of the lock; None, after a line with its reason, where it cannot."""
    words = ["--requirement", str(LOCK), "--require-hashes", "--disable-pip", "--format", "json"]
    quiet = ["--progress-spinner", "off", "--timeout", "15"]
    ended = subprocess.run(
        [sys.executable, "-m", "pip_audit", *words, *quiet], capture_output=True, text=True, check=False
    )
    if not ended.stdout.strip():
        click.echo(f"pip-audit: {ended.stderr.strip().splitlines()[-1:]}", err=True)
        return None
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@click.command()
def main() -> None:
    """Hold what requirements.lock pins against the known vulnerabilities."""
    age = dt.datetime.now(dt.UTC).date() - made(LOCK.read_text(encoding="utf-8"))
    lines, well = verdict(report(), age)
    click.echo("\n".join(lines))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
