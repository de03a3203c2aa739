"""`python -m ops.launcher.bound WORDS`: becomes `python WORDS`, which the kernel then ends with its parent."""

import os
import sys

from ops.launcher.kin import die_with_parent


def main(words: list[str]) -> None:
    """Never returns."""
    die_with_parent()
    os.execv(sys.executable, [sys.executable, *words])


if __name__ == "__main__":
    main(sys.argv[1:])
