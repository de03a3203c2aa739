"""What is halted has ended, or that is said."""

from pathlib import Path

import pytest

from ops.stack import supervisor
from ops.stack.home import Home
from schemas.errors import C360Error


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("STOPPED", None),
        ("FATAL", None),
        ("RUNNING", "bolt cannot be stopped"),
        ("STOPPING", "bolt cannot be stopped"),
        ("EXITED", "bolt cannot be stopped"),
        (None, "The supervisor of .* has ended"),
    ],
)
def test_halted_parts_have_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str | None, said: str | None
) -> None:
    # As the supervisor answers it, or None: to stop a part fails in all of these.
    info = state and [{"name": "bolt", "statename": state, "pid": 0}]
    monkeypatch.setattr(supervisor, "_ask", lambda _, method, *__: info if method == "getAllProcessInfo" else None)
    if said is None:
        supervisor.halt(Home(tmp_path), ["bolt"])
        return
    with pytest.raises(C360Error, match=said):
        supervisor.halt(Home(tmp_path), ["bolt"])
