"""What the launcher is told about one part: a small JSON file, written when the stack is started."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ops.launcher.probes import Probe


@dataclass(frozen=True)
class Preparation:
    """A command to run once, before the first start: it is done when the file `unless` exists."""

    unless: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class LaunchSpec:
    """One part: what it needs to answer first, by name, and the command that is the part.

    `memory`: bytes that it may take; 0 for one that keeps within bounds by itself.
    """

    name: str
    command: tuple[str, ...]
    needs: dict[str, Probe]
    preparation: Preparation | None = None
    memory: int = 0

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "LaunchSpec":
        """Reads what write() wrote."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        preparation = raw["preparation"]
        return cls(
            name=raw["name"],
            command=tuple(raw["command"]),
            needs={name: Probe(**probe) for name, probe in raw["needs"].items()},
            preparation=preparation and Preparation(preparation["unless"], tuple(preparation["command"])),
            memory=raw["memory"],
        )


@dataclass(frozen=True)
class Launches:
    """How often a part was started since the stack was, and when last (seconds since 1970)."""

    count: int
    at: float

    @classmethod
    def read(cls, path: Path) -> "Launches":
        """Reads the file beside a spec; none is no start."""
        try:
            return cls(**json.loads(path.read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError):
            return cls(0, 0.0)

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="ascii")


def launches_path(spec: Path) -> Path:
    """The file that counts a part's starts."""
    return spec.with_suffix(".launches")
