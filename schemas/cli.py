"""From errors to exit codes, the same for every command: 0 done, 1 failed, 2 wrong usage, 130 Ctrl-C."""

import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from schemas.errors import C360Error

INTERRUPTED = 130
#: What a disk says that has no room, no more for this user, or none for so large a file.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run(main: click.Command, arguments: Sequence[str] | None = None, name: str | None = None) -> NoReturn:
    """Runs a command to the process's end; `arguments` are sys.argv's and `name` is how usage lines call it."""
    sys.exit(exit_code(main, arguments, name))


def exit_code(main: click.Command, arguments: Sequence[str] | None = None, name: str | None = None) -> int:
    """Runs a command; an error becomes one line on stderr and a code, never a traceback."""
    try:
        result = main.main(args=arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except C360Error as error:
        _say(str(error))
        return error.exit_code
    except click.ClickException as error:
        if isinstance(error, click.exceptions.NoArgsIsHelpError):
            click.echo(error.format_message(), err=True)
        else:
            _say(_usage_line(error))
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except MemoryError:
        _say("There is not enough memory for this. Ask for less at once.")
        return 1
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            # The reader (head, less) has gone: nothing to say, and the interpreter's own last flush must not fail.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        elif error.errno in FULL:
            place = f"{error.filename}: " if error.filename is not None else ""
            _say(f"{place}{error.strerror}. Make room and run it again.")
        elif error.filename is not None:
            _say(f"{error.filename}: {error.strerror}. See that it can be used, or name another.")
        else:
            raise
        return 1
    return result if isinstance(result, int) else 0


def _usage_line(error: click.ClickException) -> str:
    message = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{message} Try '{error.ctx.command_path} --help'."
    return message


def _say(message: str) -> None:
    click.echo("Error: " + " ".join(message.split()), err=True)
