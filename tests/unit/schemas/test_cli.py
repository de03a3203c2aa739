"""Every kind of end of a command, and the code it exits with."""

import errno
import os

import click
import pytest

from schemas.cli import exit_code
from schemas.errors import C360Error, SettingError


def ending(error: BaseException | None) -> click.Command:
    @click.command()
    @click.option("--rate", type=int, expose_value=False)
    def command() -> None:
        if error is not None:
            raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [(None, 0), (C360Error("no\nluck"), 1), (SettingError("C360_X is 3"), 2), (KeyboardInterrupt(), 130)],
)
def test_the_code_says_how_it_ended(error: BaseException | None, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(ending(error), []) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines == ([f"Error: {' '.join(str(error).split())}"] if isinstance(error, C360Error) else [])


@pytest.mark.parametrize("name", [None, "rejects.csv"])
def test_a_full_disk_is_one_line(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
    assert exit_code(ending(full), []) == 1
    place = f"{name}: " if name else ""
    assert capsys.readouterr().err == f"Error: {place}No space left on device. Make room and run it again.\n"


def test_memory_that_runs_out_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(ending(MemoryError("37.3 GiB")), []) == 1
    assert "not enough memory" in capsys.readouterr().err


def test_wrong_usage_is_one_line_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(ending(None), ["--rate", "fast"], "simulate") == 2
    err = capsys.readouterr().err
    assert "'fast' is not a valid integer" in err
    assert "Try 'simulate --help'." in err
    assert err.count("\n") == 1


def test_a_context_may_say_the_code() -> None:
    @click.command()
    @click.pass_context
    def command(context: click.Context) -> None:
        context.exit(1)

    assert exit_code(command, []) == 1


def test_a_file_that_cannot_be_used_is_one_line_with_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(ending(PermissionError(13, "Permission denied", "/far/away")), []) == 1
    err = capsys.readouterr().err
    assert err.startswith("Error: /far/away: Permission denied.")
    assert err.count("\n") == 1


def test_a_group_without_a_command_shows_its_help_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    @click.group()
    def group() -> None:
        """What it is for."""

    assert exit_code(group, [], "c360") == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Usage: c360")
    assert "  What it is for." in lines
