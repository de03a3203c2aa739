"""What a process tells: a line with time, level and logger on stderr, the same of every part."""

import logging
from collections.abc import Iterable


def log_lines(level: int = logging.INFO, quiet: Iterable[str] = ()) -> None:
    """From now on; of loggers that would say too much, `quiet`, only what is wrong."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for name in quiet:
        logging.getLogger(name).setLevel(logging.WARNING)
