"""What may stand on the command line, and what it means."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import NoReturn

from vitviewer.cli.choice import ALL, Choice
from vitviewer.cli.style_arguments import add_style, style_of
from vitviewer.methods.method import FUSION
from vitviewer.methods.registry import list_methods
from vitviewer.models.sources import DEFAULT_MODEL
from vitviewer.queries import Background, Fusion, Precision, Query, Resolution
from vitviewer.system.files import expanded
from vitviewer.version import __version__

USAGE = 2

_COMMANDS = """commands:
  vitviewer export IMAGE...    write attention maps to files, without a window
  vitviewer inspect MODEL      say what is known of a model
  vitviewer models             list the models that open without a download
  vitviewer convert FOLDER     write pickled weights that you trust as safetensors
  vitviewer merge BASE ADAPTER NEW
                               write a model with a LoRA adapter merged into it
  vitviewer install-desktop    put the program into the desktop's menu
  vitviewer uninstall-desktop  take it out again
  vitviewer completion SHELL   print what lets a shell complete these words

Each has its own --help. A file named like a command is opened as ./export.
"""
_COMPLETION = """for good:
  vitviewer completion bash > ~/.local/share/bash-completion/completions/vitviewer
  vitviewer completion zsh > ~/.zfunc/_vitviewer    (a folder that is in $fpath)
  vitviewer completion fish > ~/.config/fish/completions/vitviewer.fish
"""
_COUNTING = "Layers and heads count from 1; patch rows and columns from 0."


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{self.prog}: {message} (see {self.prog} --help)\n")


def window_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer [IMAGE...]``."""
    parser = _Parser(
        prog="vitviewer",
        description="See what a Vision Transformer is looking at.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}"
    )
    parser.add_argument(
        "images",
        nargs="*",
        metavar="IMAGE",
        help="pictures, folders or URLs to open; a bundled sample if there are none",
    )
    _add_model(parser, "--model", None)
    _add_precision(parser)
    parser.add_argument(
        "--headless",
        action="store_true",
        help="work without a screen: write overlay and window as pictures, and end",
    )
    parser.add_argument(
        "--out",
        type=_folder,
        metavar="DIR",
        help="where --headless writes (default: out)",
    )
    return parser


def export_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer export``."""
    parser = _Parser(
        prog="vitviewer export",
        description=f"Write attention maps of pictures to files. {_COUNTING}",
    )
    add = parser.add_argument
    add("images", nargs="+", metavar="IMAGE", help="pictures, folders or URLs")
    _add_model(parser, "--model")
    add("--device", default="auto", help="auto, cpu, cuda, mps (default: auto)")
    _add_precision(parser)
    _add_question(parser.add_argument_group("what is asked"))
    _add_input(parser.add_argument_group("how the picture goes in"))
    files = parser.add_argument_group("files")
    files.add_argument("--format", choices=["png", "npz"], default="png")
    files.add_argument(
        "--what",
        choices=["map", "wall"],
        default="map",
        help="one map over the picture, or the wall: every layer and head side by side "
        "(default: map)",
    )
    files.add_argument(
        "--out", type=_folder, default=Path(), metavar="DIR", help="folder to write to"
    )
    add_style(parser.add_argument_group("for png"))
    return parser


def _add_question(group: argparse._ArgumentGroup) -> None:
    """Add which layer and head of which method, and whose attention."""
    add = group.add_argument
    add(
        "--method",
        choices=list(list_methods()),
        default="attention",
        help="; ".join(f"{m.name}: {m.question}" for m in list_methods().values()),
    )
    add(
        "--set",
        action="append",
        default=[],
        type=_setting,
        metavar="NAME=VALUE",
        help=f"a setting of the method, may be repeated: {_settings_in_words()}",
    )
    add(
        "--query",
        type=_query,
        metavar="cls|mean|pool|R,C",
        help="whose attention: the class token's, the mean over all patches', the "
        "pooling head's (which has no layers), or one patch's by row and column, "
        "counted from 0 (default: the one that the model's answer is read from)",
    )
    add(
        "--target",
        metavar="CLASS|INDEX|A-B",
        help=f"the class to explain, of methods that explain one ({_explaining()}): a "
        "label or a synonym in it, a number counted from 0, or the difference of two "
        "of these; a hyphen within a label splits nothing, and 'class 7' is the number "
        "where a label is 7 (default: the predicted class)",
    )
    add(
        "--layer",
        type=_layer,
        metavar="N|all",
        help="layer, counted from 1 (default: the last)",
    )
    add(
        "--head",
        type=_head,
        default=Fusion.MEAN,
        metavar="N|mean|max|min|median|all",
        help="head, counted from 1, or how heads are fused (default: mean; heads that "
        "add up are summed)",
    )


def _add_input(group: argparse._ArgumentGroup) -> None:
    """Add at which size a picture goes in, and over what."""
    group.add_argument(
        "--resolution",
        type=Resolution,
        choices=list(Resolution),
        default=Resolution.TRAINED,
        help="the trained size, twice that, or the picture's own shape (default: "
        "trained)",
    )
    group.add_argument(
        "--background",
        type=Background,
        choices=list(Background),
        default=Background.WHITE,
        help="what is behind a transparent picture; ignored shows its hidden colours, "
        "as most training code does (default: white)",
    )


def inspect_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer inspect``."""
    parser = _Parser(
        prog="vitviewer inspect", description="Say what is known of a model."
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help="a bundled model, a folder or a hub id")
    add("--device", default="auto", help="auto, cpu, cuda, mps (default: auto)")
    _add_precision(parser)
    add("--json", action="store_true", help="print JSON")
    return parser


def models_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer models``."""
    parser = _Parser(
        prog="vitviewer models",
        description="List the models that open without a download: bundled ones, and "
        "those in Hugging Face's cache.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def convert_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer convert``."""
    parser = _Parser(
        prog="vitviewer convert",
        description="Write a model's pickled weights (.bin, .pt) as safetensors, which "
        "are all that is opened. Nothing but tensors is read from the pickle.",
    )
    parser.add_argument(
        "folder", type=_folder, metavar="FOLDER", help="the model's folder"
    )
    return parser


def merge_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer merge``."""
    parser = _Parser(
        prog="vitviewer merge",
        description="Merge a LoRA adapter, as peft saves it, into its base model and "
        "write both as a new folder. BASE and ADAPTER can be the same folder.",
    )
    add = parser.add_argument
    add("base", metavar="BASE", help="a model's folder or a hub id")
    add("adapter", type=_folder, metavar="ADAPTER", help="the adapter's folder")
    add("new", type=_folder, metavar="NEW", help="the folder to write")
    return parser


def completion_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer completion``."""
    parser = _Parser(
        prog="vitviewer completion",
        description="Print a script that lets a shell complete the program's words.",
        epilog=_COMPLETION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=["bash", "zsh", "fish"])
    return parser


def install_desktop_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer install-desktop``."""
    return _Parser(
        prog="vitviewer install-desktop",
        description="Put the program into your desktop's menu, as what opens pictures: "
        "needed after pip and pipx, whose folders no desktop looks into.",
    )


def uninstall_desktop_parser() -> argparse.ArgumentParser:
    """Describe ``vitviewer uninstall-desktop``."""
    return _Parser(
        prog="vitviewer uninstall-desktop",
        description="Take the program out of your desktop's menu.",
    )


def _add_model(
    parser: argparse.ArgumentParser, name: str, default: str | None = DEFAULT_MODEL
) -> None:
    parser.add_argument(
        name,
        default=default,
        metavar="M",
        help=f"a bundled model, a folder or a hub id (default: {DEFAULT_MODEL})",
    )


def _add_precision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        type=Precision,
        choices=list(Precision),
        default=Precision.PUBLISHED,
        help="run the model in the dtype of its weights, or widen those of half "
        "precision to float32 (default: published)",
    )


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of a folder is missing")
    try:
        path = expanded(text)
    except ValueError:  # no user can be called that
        path = text
    if path.startswith("~") and not os.path.exists(path):
        raise argparse.ArgumentTypeError(
            f"{text!r} is the home of no user (for a folder of that name: './{text}')"
        )
    return Path(path)


def _layer(text: str) -> int | str:
    return ALL if text == ALL else _counted(text, "a layer, counted from 1, or all")


def _head(text: str) -> int | str:
    if text in (Fusion.MEAN, Fusion.MAX, Fusion.MIN, Fusion.MEDIAN):
        return Fusion(text)
    what = "a head, counted from 1, or mean, max, min, median or all"
    return ALL if text == ALL else _counted(text, what)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _settings_in_words() -> str:
    """Name the methods' settings; how heads are fused has an option of its own."""
    words = [
        f"{method.name}: {setting.name} ({setting.help or setting.label})"
        for method in list_methods().values()
        for setting in method.settings
        if setting is not FUSION
    ]
    return "; ".join(words) or "today's methods have none beside --head"


def _explaining() -> str:
    """Name the methods that explain a class."""
    names = [one.name for one in list_methods().values() if one.takes_target]
    return ", ".join(names) or "none of today's"


def _counted(text: str, what: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return int(text)


def _query(text: str) -> Query:
    try:
        return Query.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def choice_of(args: argparse.Namespace) -> Choice:
    """Turn the parsed arguments of ``export`` into a choice of maps."""
    return Choice(
        layer=args.layer,
        head=args.head,
        method=args.method,
        settings=dict(args.set),
        query=args.query,
        target=args.target,
        format=args.format,
        what=args.what,
        style=style_of(args),
        side_by_side=args.side_by_side,
        resolution=args.resolution,
        background=args.background,
    )
