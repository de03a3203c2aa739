"""The DDL of a version that is yet to come: a copy of today's, to be changed by a test."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from sinks import statements


@dataclass(frozen=True)
class ChangedDdl:
    """A folder that stands for sinks/ddl in this process."""

    folder: Path

    def migration(self, *todo: str, name: str = "") -> Path:
        """One more file of migrations, with these statements; its number and name are the next, if not said."""
        path = self.folder / "migrations" / (name or f"{len(self.migrations) + 1:03}_new.sql")
        path.write_text("".join(f"{one};\n" for one in todo), encoding="utf-8")
        return path

    @property
    def migrations(self) -> list[Path]:
        """The files, in order."""
        return sorted((self.folder / "migrations").iterdir())

    def replace(self, name: str, old: str, new: str) -> None:
        """Puts another text in the place of one that is there once."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")


def changed_ddl(folder: Path, patch: pytest.MonkeyPatch) -> ChangedDdl:
    """A copy in `folder`, in the place of sinks/ddl until the patch is undone."""
    shutil.copytree(Path(str(statements.DDL)), folder / "ddl")
    patch.setattr(statements, "DDL", folder / "ddl")
    return ChangedDdl(folder / "ddl")
