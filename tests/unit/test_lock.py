"""requirements.lock pins all that is installed, by hash, and names nobody to fetch it from."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def entries() -> list[tuple[Requirement, list[str]]]:
    """Each requirement with its hashes."""
    lines = re.sub(r"\\\n", " ", LOCK).splitlines()
    split = [line.split(" --hash=") for line in lines if line and not line.startswith("#")]
    return [(Requirement(words[0]), [word.strip() for word in words[1:]]) for words in split]


def test_each_is_one_version_known_by_its_hashes() -> None:
    found = entries()
    assert len(found) > 100
    for requirement, hashes in found:
        assert [each.operator for each in requirement.specifier] == ["=="], requirement
        assert requirement.url is None, requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


def test_it_names_no_address() -> None:
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "--find-links" not in LOCK


def test_what_the_project_asks_for_is_in_it() -> None:
    """Else `make lock` was forgotten, and the next fresh clone would lack it."""
    pinned: dict[str, set[str]] = {}
    for requirement, _ in entries():
        (version,) = requirement.specifier
        pinned.setdefault(canonicalize_name(requirement.name), set()).add(version.version)
    build = PROJECT["build-system"]["requires"]
    for text in [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"], *build]:
        wanted = Requirement(text)
        versions = pinned.get(canonicalize_name(wanted.name), set())
        assert any(wanted.specifier.contains(version, prereleases=True) for version in versions), text
