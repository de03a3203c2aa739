"""What belongs to one test alone bears its name."""

import re

import pytest

#: Of a name, so that files of it have room for what stands around it.
LONGEST = 48


def named(request: pytest.FixtureRequest, longest: int = LONGEST) -> str:
    """The test's name, as that of a database, of a table or of topics may be written, and no longer than this."""
    return re.sub(r"\W", "_", request.node.name.removeprefix("test_"), flags=re.ASCII)[:longest]
