"""The command line: opens the window, or works without one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vitviewer.cli.arguments import (
    USAGE,
    choice_of,
    convert_parser,
    export_parser,
    inspect_parser,
    models_parser,
    window_parser,
)
from vitviewer.cli.choice import UsageError
from vitviewer.cli.console import console
from vitviewer.errors import VitviewerError
from vitviewer.queries import Precision
from vitviewer.system.process import prepare
from vitviewer.system.qt_libraries import advice, missing
from vitviewer.system.screen import has_screen
from vitviewer.text import plain

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from vitviewer.cli.console import Console

OK, FAILED, INTERRUPTED = 0, 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    0: all done; 1: something failed, with one line on standard error for each
    failure; 2: the command line makes no sense.
    """
    prepare()
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["export"]:
        return _export(export_parser().parse_args(words[1:]))
    if words[:1] == ["inspect"]:
        return _inspect(inspect_parser().parse_args(words[1:]))
    if words[:1] == ["models"]:
        return _models(models_parser().parse_args(words[1:]))
    if words[:1] == ["convert"]:
        return _convert(convert_parser().parse_args(words[1:]))
    return _open_window(window_parser().parse_args(words))


def _export(args: argparse.Namespace) -> int:
    """Run ``vitviewer export``."""
    from vitviewer.cli.export import Batch, export

    batch = Batch(
        args.images, args.model, args.device, choice_of(args), args.out, args.precision
    )
    return _guarded(lambda terminal: export(batch, terminal))


def _inspect(args: argparse.Namespace) -> int:
    """Run ``vitviewer inspect``."""
    from vitviewer.cli.inspection import as_json, as_text

    def work(terminal: Console) -> int:
        from vitviewer.engine.engine import Engine

        facts = Engine().load(args.model, args.device, None, args.precision)
        terminal.say(as_json(facts) if args.json else as_text(facts))
        return OK

    return _guarded(work)


def _models(args: argparse.Namespace) -> int:
    """Run ``vitviewer models``: offline, without torch."""
    from vitviewer.cli.inspection import models_as_json, models_as_text
    from vitviewer.models.catalog import list_models

    def work(terminal: Console) -> int:
        entries = list_models()
        write = models_as_json if args.json else models_as_text
        terminal.say(write(entries))
        return OK

    return _guarded(work)


def _convert(args: argparse.Namespace) -> int:
    """Run ``vitviewer convert``."""
    from vitviewer.models.checkpoint.conversion import convert

    def work(terminal: Console) -> int:
        target = convert(args.folder)
        terminal.say(f"{plain(str(target))} is written: open its folder now.")
        return OK

    return _guarded(work)


def _guarded(work: Callable[[Console], int]) -> int:
    """Run a command so that a failure prints one line, and libraries none."""
    try:
        with console() as terminal:
            return _told(work, terminal)
    except BrokenPipeError:  # the reader, say `head`, has seen enough
        return OK


def _told(work: Callable[[Console], int], terminal: Console) -> int:
    """Run a command and turn what it raises into a line and an exit status."""
    try:
        return work(terminal)
    except UsageError as error:
        terminal.complain(str(error))
        return USAGE
    except VitviewerError as error:
        terminal.complain(str(error))
        return FAILED
    except BrokenPipeError:
        raise
    except Exception as error:  # ours to mend, but the user's terminal gets one line
        kind = type(error).__name__
        terminal.complain(f"Something went wrong ({kind}: {error}): please report it.")
        return FAILED
    except KeyboardInterrupt:
        terminal.complain("Interrupted.")
        return INTERRUPTED


def _open_window(args: argparse.Namespace) -> int:
    """Open the window, or do the same job without a screen."""
    headless = args.headless or not has_screen()
    if headless and not args.headless:
        print("There is no screen: working headless.", flush=True)
    packages = missing(screen=not headless)
    if packages:
        print(
            f"vitviewer: Qt lacks libraries of your system: run {advice(packages)}",
            file=sys.stderr,
        )
        return FAILED
    from vitviewer.qt.lifecycle.app import run

    chosen = args.precision is not Precision.PUBLISHED
    further = {"precision": args.precision} if chosen else {}
    return run(args.images, args.model, headless, args.out, **further)
