"""Times of queries by the name that whoever asks gives them: 'c360:LANGUAGE:NAME' as the setting log_comment."""

import re

from sinks.embedded.metrics import NAMED

SETTING = "log_comment"
_COMMENT = re.compile(r"c360:(sql|cypher):([a-z0-9_]{1,64})")
#: The catalogue has 35; whoever makes names up must not make metrics without end.
MOST_NAMES = 100
OTHERS = "others"

_seconds = NAMED.histogram()


class Named:
    """The names known so far. Used from the event loop alone."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()

    def observe(self, comment: str, seconds: float) -> None:
        """Counts a query of that comment; one that is no name counts nowhere."""
        if match := _COMMENT.fullmatch(comment):
            language, name = match.groups()
            if (language, name) not in self._known and len(self._known) >= MOST_NAMES:
                name = OTHERS
            self._known.add((language, name))
            _seconds.labels(language, name).observe(seconds)


def is_name(comment: str) -> bool:
    """Whether the comment names a query."""
    return _COMMENT.fullmatch(comment) is not None
