"""The one door for errors: whatever a command raises becomes an exit code and a sentence, here and nowhere else."""

import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from monitor.errors import MonitorError, UsageError, leaves
from monitor.log import escaped

BUG = 70
INTERRUPTED = 130


def expected(error: BaseException) -> MonitorError | None:
    """Return the error to tell the user of if all that happened was foreseen, else None."""
    parts = list(leaves(error))
    ours = [part for part in parts if isinstance(part, MonitorError)]
    return max(ours, key=lambda part: part.exit_code) if len(ours) == len(parts) else None


def told(error: BaseException, *, verbose: bool) -> tuple[int, str]:
    """Return the exit code of an error and what is said of it on standard error."""
    if any(isinstance(part, KeyboardInterrupt) for part in leaves(error)):
        return INTERRUPTED, ""
    if ours := expected(error):
        return ours.exit_code, f"layoff-monitor: {escaped(str(ours))}"
    name = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    text = f"layoff-monitor: this is a bug, please report it: {escaped(name)}"
    if verbose:
        return BUG, escaped("".join(traceback.format_exception(error)), keep="\n") + text
    return BUG, f"{text} (the same command with --verbose shows where)"


class Door(click.Group):
    """The command group that lets no error through but as an exit code and words."""

    def main(  # type: ignore[override]  # click overloads on standalone_mode; as a program there is one way out
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command line and exit."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            answer = super().main(args=given, prog_name=prog_name, **extra)
            code = answer if isinstance(answer, int) else 0
        except click.Abort:
            code = INTERRUPTED
        except click.ClickException as error:
            error.show()
            code = UsageError.exit_code
        except Exception as error:  # noqa: BLE001  # the door
            code, text = told(error, verbose="--verbose" in given or "-v" in given)
            if text:
                click.echo(text, err=True)
        except (KeyboardInterrupt, BaseExceptionGroup) as error:
            code, _ = told(error, verbose=False)
        sys.exit(code)
