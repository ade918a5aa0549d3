"""Scripts that let a shell complete the program's words, made by shtab."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vitviewer.cli.arguments import window_parser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FILES = ("IMAGE",)
_FOLDERS = ("DIR", "FOLDER", "M", "MODEL")
# shtab lets either a command stand first or a file, but in fish.
_BASH_FIRST = """
_vitviewer_first() {{
  [ "$COMP_CWORD" -gt 1 ] || compgen -W "{commands}" -- "$1"
  _shtab_compgen_files "$1"
}}
"""
_ZSH_COMMANDS = "  _describe 'vitviewer commands' _commands\n"


def script(
    shell: str, commands: Mapping[str, Callable[[], argparse.ArgumentParser]]
) -> str:
    """Return the script that completes the window's words and those of commands."""
    import shtab

    parser = window_parser()
    _mark(parser)
    images = next(action for action in parser._actions if action.metavar in _FILES)
    if shell == "bash":
        preamble = _BASH_FIRST.format(commands=" ".join(commands))
        first = {"bash": "_vitviewer_first", "preamble": {"bash": preamble}}
        images.complete = first  # type: ignore[attr-defined]
    elif shell == "zsh":
        parser._remove_action(images)
    _add_commands(parser, commands)
    text = str(shtab.complete(parser, shell))
    return text.replace(_ZSH_COMMANDS, f"{_ZSH_COMMANDS}  _files\n")


def _add_commands(
    parser: argparse.ArgumentParser,
    commands: Mapping[str, Callable[[], argparse.ArgumentParser]],
) -> None:
    choices = parser.add_subparsers()
    for name, describe in commands.items():
        command = describe()
        _mark(command)
        about = command.description or ""
        choices.add_parser(name, help=about, parents=[command], add_help=False)


def _mark(parser: argparse.ArgumentParser) -> None:
    """Say which words are names of files or folders."""
    import shtab

    for action in parser._actions:
        if action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
