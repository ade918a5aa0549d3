"""The command line: opens the window, or works without one."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

from vitviewer.cli.arguments import USAGE, window_parser
from vitviewer.cli.choice import UsageError
from vitviewer.cli.commands import COMMANDS, OK
from vitviewer.cli.console import plain_console, quiet_console
from vitviewer.errors import VitviewerError
from vitviewer.system.output import steady_output
from vitviewer.system.process import prepare
from vitviewer.system.qt_libraries import advice, missing
from vitviewer.system.screen import settle_platform
from vitviewer.system.unfit_libraries import complaint

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from vitviewer.cli.console import Console

FAILED, INTERRUPTED = 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    0: all done; 1: something failed, with one line on standard error for each failure,
    or results could not be written; 2: the command line makes no sense.
    """
    prepare()
    steady_output()
    terminal = plain_console()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _told(lambda: _run(words), terminal)
    except SystemExit as stop:  # argparse has said its word, or shown the help
        code = stop.code if isinstance(stop.code, int) else OK
    return terminal.settle(code)


def _run(words: list[str]) -> int:
    """Hand the words to the command that they begin with, or to the window."""
    command = COMMANDS.get(words[0]) if words else None
    if command is None:
        _check_order(words)
        return _open_window(window_parser().parse_args(words))
    args = command.describe().parse_args(words[1:])
    with quiet_console() as terminal:
        return terminal.settle(_told(lambda: command.work(args, terminal), terminal))


def _told(work: Callable[[], int], terminal: Console) -> int:
    """Do something and turn what it raises into a line and an exit status."""
    try:
        return work()
    except UsageError as error:
        terminal.complain(str(error))
        return USAGE
    except VitviewerError as error:
        terminal.complain(str(error))
        return FAILED
    except ImportError as error:
        terminal.complain(complaint(error))
        return FAILED
    except Exception as error:  # ours to mend, but the user's terminal gets one line
        kind = type(error).__name__
        terminal.complain(f"Something went wrong ({kind}: {error}): please report it.")
        return FAILED
    except KeyboardInterrupt:
        terminal.complain("Interrupted.")
        return INTERRUPTED


def _check_order(words: list[str]) -> None:
    """Refuse a command that stands behind options, where it would be a picture."""
    for before, word in pairwise(words):
        a_value = before in ("--model", "--out")
        if word in COMMANDS and not a_value and not os.path.exists(word):
            others = [other for other in words if other is not word]
            raise UsageError(
                f"a command comes first: vitviewer {' '.join([word, *others])} (a file "
                f"of that name is opened as ./{word})"
            )


def _open_window(args: argparse.Namespace) -> int:
    """Open the window, or do the same job without a screen."""
    headless = args.headless or not settle_platform()
    if headless and not args.headless:
        print("There is no screen: working headless.", flush=True)
    packages = missing(screen=not headless)
    if packages:
        line = advice(packages)
        raise VitviewerError(f"Qt lacks libraries of your system: run {line}")
    from vitviewer.qt.lifecycle.app import run

    return run(args.images, args.model, headless, args.out, args.precision)
