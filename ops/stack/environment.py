"""The settings of one installation as the environment of its processes."""

import json
import os

from schemas.settings import Settings

#: Marks every process of a stack with its state folder, so that none is missed when it is taken down.
MARK = "CUSTOMER360_STACK"


def environment(settings: Settings) -> dict[str, str]:
    """Every C360_* variable of an installation, passwords included where they are settings."""
    return {f"C360_{name.upper()}": _text(value) for name, value in settings}


def child_environment(settings: Settings) -> dict[str, str]:
    """The whole environment of the stack's processes: the caller's, with this installation's settings alone."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("C360_")}
    return {**inherited, **environment(settings), "PYTHONUNBUFFERED": "1", MARK: str(settings.home)}


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)
