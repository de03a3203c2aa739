"""The dispatcher: every command in its table, and none imported for help."""

import sys

import pytest

from ops.cli import COMMANDS, main
from schemas.cli import exit_code

OWN = [name for name, (module, _, _) in COMMANDS.items() if module.startswith("ops.")]


def test_help_lists_every_command_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(main, ["--help"], "c360") == 0
    out = capsys.readouterr().out
    for name, (_, _, line) in COMMANDS.items():
        assert f"  {name} " in out
        assert line in out


def test_help_imports_no_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for module, _, _ in COMMANDS.values():
        monkeypatch.setitem(sys.modules, module, None)
    assert exit_code(main, ["--help"], "c360") == 0
    assert "doctor" in capsys.readouterr().out


@pytest.mark.parametrize("name", OWN)
def test_each_command_is_there_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(main, [name, "--help"], "c360") == 0
    assert f"Usage: c360 {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["frob"], "No such command 'frob'"),
        (["logs", "zookeeper"], "no part 'zookeeper'"),
        (["logs", "-n", "many"], "'many' is not a valid integer"),
        (["up", "--sideways"], "No such option"),
    ],
)
def test_wrong_words_are_one_line_and_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(main, arguments, "c360") == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
