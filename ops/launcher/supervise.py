"""`python -m ops.launcher.supervise CONFIG [--attached]`: supervisord, as a daemon or bound to its parent."""

import sys

from supervisor import supervisord

from ops.launcher.kin import die_with_parent


def main(config: str, attached: bool) -> None:
    """Returns, as a daemon's parent, at once; attached, when supervisord has ended."""
    if attached:
        die_with_parent()
    supervisord.main(["--configuration", config, *(["--nodaemon"] if attached else [])])


if __name__ == "__main__":
    main(sys.argv[1], "--attached" in sys.argv[2:])
