"""`python -m ops.compose.healthy PART`: whether a part of this container answers, as the embedded stack asks it."""

import sys

from ops.stack.parts import PARTS
from schemas.settings import read_settings


def main(names: list[str]) -> int:
    """0: every part named answers; 1: one does not."""
    parts = {part.name: part for part in PARTS}
    return 0 if all(parts[name].probe(read_settings()).answers() for name in names) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
