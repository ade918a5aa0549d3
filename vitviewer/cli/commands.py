"""What the program does without a window, by the word that asks for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vitviewer.cli.arguments import (
    choice_of,
    completion_parser,
    convert_parser,
    export_parser,
    inspect_parser,
    install_desktop_parser,
    merge_parser,
    models_parser,
    uninstall_desktop_parser,
)
from vitviewer.system.unfit_libraries import set_unfit_aside
from vitviewer.text import plain

if TYPE_CHECKING:
    from vitviewer.cli.console import Console

OK = 0


@dataclass(frozen=True)
class Command:
    """Which words a command takes, and what does it: it returns the exit status."""

    describe: Callable[[], argparse.ArgumentParser]
    work: Callable[[argparse.Namespace, Console], int]


def _export(args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.cli.export import Batch, export

    set_unfit_aside()
    batch = Batch(
        args.images, args.model, args.device, choice_of(args), args.out, args.precision
    )
    return export(batch, terminal)


def _inspect(args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.cli.inspection import as_json, as_text
    from vitviewer.engine.engine import Engine

    set_unfit_aside()
    facts = Engine().load(args.model, args.device, precision=args.precision)
    terminal.say(as_json(facts) if args.json else as_text(facts))
    return OK


def _models(args: argparse.Namespace, terminal: Console) -> int:
    """List models: offline, without torch."""
    from vitviewer.cli.inspection import models_as_json, models_as_text
    from vitviewer.models.catalog import list_models

    write = models_as_json if args.json else models_as_text
    terminal.say(write(list_models()))
    return OK


def _convert(args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.models.checkpoint.conversion import convert

    target = convert(args.folder, terminal.say)
    whole = (target.parent / "config.json").exists()
    then = "open its folder now" if whole else "its folder needs config.json as well"
    terminal.say(f"{plain(str(target))} is written: {then}.")
    return OK


def _merge(args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.models.loaders.merging import merge
    from vitviewer.models.sources import find

    set_unfit_aside()
    new = merge(find(args.base).folder, args.adapter, args.new)
    terminal.say(f"{plain(str(new))} is written: open it now.")
    return OK


def _completion(args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.cli.completion import script

    parsers = {name: command.describe for name, command in COMMANDS.items()}
    terminal.say(script(args.shell, parsers))
    return OK


def _install_desktop(_args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.cli.desktop import install

    for path in install():
        terminal.say(f"written: {path}")
    return OK


def _uninstall_desktop(_args: argparse.Namespace, terminal: Console) -> int:
    from vitviewer.cli.desktop import uninstall

    removed = uninstall()
    for path in removed:
        terminal.say(f"removed: {path}")
    if not removed:
        terminal.say("There was nothing to remove.")
    return OK


COMMANDS = {
    "export": Command(export_parser, _export),
    "inspect": Command(inspect_parser, _inspect),
    "models": Command(models_parser, _models),
    "convert": Command(convert_parser, _convert),
    "merge": Command(merge_parser, _merge),
    "completion": Command(completion_parser, _completion),
    "install-desktop": Command(install_desktop_parser, _install_desktop),
    "uninstall-desktop": Command(uninstall_desktop_parser, _uninstall_desktop),
}
"""The first word on the command line, where it is one of these."""
