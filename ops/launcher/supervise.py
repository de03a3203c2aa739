"""`python -m ops.launcher.supervise CONFIG [--attached]`: supervisord, as a daemon or bound to its parent."""

import contextlib
import sys

from supervisor import loggers, supervisord

from ops.launcher.kin import die_with_parent


def main(config: str, attached: bool) -> None:
    """Returns, as a daemon's parent, at once; attached, when supervisord has ended."""
    if attached:
        die_with_parent()
    say = loggers.Handler.handleError

    def say_if_it_can(handler: loggers.Handler) -> None:
        # On a full disk neither the record nor that it failed can be written; supervisord ended by it, with every part.
        with contextlib.suppress(OSError):
            say(handler)

    loggers.Handler.handleError = say_if_it_can
    supervisord.main(["--configuration", config, *(["--nodaemon"] if attached else [])])


if __name__ == "__main__":
    main(sys.argv[1], "--attached" in sys.argv[2:])
