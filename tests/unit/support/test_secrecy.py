"""The look for passwords finds one wherever it stands."""

import sys
from pathlib import Path

import psutil
import pytest

from ops.stack.home import TLS_SECRETS, prepare
from schemas.settings import Settings
from tests.support.secrecy import command_lines, logs, passwords, shown


def test_a_password_is_found_in_a_log_and_in_a_list_of_processes(tmp_path: Path) -> None:
    here = Settings(home=tmp_path / "home", tls_certificate="of somebody", tls_key="of somebody")
    log = prepare(here).log("registry")
    log.write_text("nothing yet\n", encoding="ascii")
    secrets = passwords([here])
    assert set(TLS_SECRETS) <= {Path(file).name for file in secrets}
    assert shown(secrets, logs([here])) == []
    log.write_text(f"GET https://c360:{secrets[str(here.secret_path('kafka'))]}@127.0.0.1/", encoding="ascii")
    assert shown(secrets, logs([here])) == [(str(here.secret_path("kafka")), str(log))]
    # This process has its own name for a password.
    lines = command_lines([("tests", psutil.Process())])
    assert [name for _, name in shown({"file": Path(sys.executable).name}, lines)] == list(lines)


def test_a_file_that_others_may_read_is_found(tmp_path: Path) -> None:
    here = Settings(home=tmp_path / "home")
    prepare(here)
    here.secret_path("bolt").chmod(0o640)
    with pytest.raises(AssertionError, match="bolt"):
        passwords([here])
