"""The exit codes of the command line, and the one table from errors to them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

import click

from nosograph.errors import InputError, InputErrors, NosographError, SettingsError, ValidationFailed

DONE: Final = 0
CHECK_FAILED: Final = 1
"""The input cannot be read or does not conform, or a check of citations or of a release found an error."""
USAGE: Final = 2
"""The command, an option or a setting is wrong."""
FAILED: Final = 3
"""The work could not be done: no release, a full disk, a query without an answer."""
INTERRUPTED: Final = 130
"""The user stopped the command (128 + SIGINT, as shells have it)."""


def exit_code(work: Callable[[], Any]) -> Any:
    """Return the exit code of some work; an error is printed on standard error."""
    code: Any
    try:
        code = work()
    except click.exceptions.Abort:
        code = INTERRUPTED
    except click.ClickException as error:
        error.show()
        code = USAGE
    except ValidationFailed as error:
        click.echo(error.report, err=True, nl=bool(error.report))
        code = _print_error(error, CHECK_FAILED)
    except (InputError, InputErrors) as error:
        code = _print_error(error, CHECK_FAILED)
    except SettingsError as error:
        code = _print_error(error, USAGE)
    except NosographError as error:
        code = _print_error(error, FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader closed the pipe: not an error
        code = DONE
    return code


def _print_error(error: NosographError, code: int) -> int:
    click.echo(f"nosograph: {error}", err=True)
    return code
