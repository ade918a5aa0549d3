"""How an overlay is painted, as the command line says it."""

from __future__ import annotations

import argparse
from typing import Any

from vitviewer.maps.presets import FIELDS, PRESETS
from vitviewer.maps.state import Alpha, Interpolation, Photograph


def add_style(group: argparse._ArgumentGroup) -> None:
    """Add how an overlay is painted."""
    add = group.add_argument
    add(
        "--preset",
        choices=list(PRESETS),
        default=next(iter(PRESETS)),
        help="what is taken for the options below that are left out (default: "
        f"{next(iter(PRESETS))})",
    )
    add(
        "--colormap",
        type=_colormap,
        metavar="NAME",
        help="ember, viridis, cmocean:ice …; signed values get the preset's own where "
        "it does not diverge",
    )
    add("--opacity", type=_fraction, metavar="0..1")
    add(
        "--interpolation",
        type=Interpolation,
        choices=list(Interpolation),
        help="contours: lines that hold a quarter and a half of the map's sum",
    )
    add(
        "--alpha",
        type=Alpha,
        choices=list(Alpha),
        help="whether opacity rises with the value",
    )
    add(
        "--photograph",
        type=Photograph,
        choices=list(Photograph),
        help="what becomes of the picture under the map",
    )
    add(
        "--side-by-side",
        action="store_true",
        help="picture and map side by side, with colour bar and caption",
    )


def style_of(args: argparse.Namespace) -> dict[str, Any]:
    """Return the preset's choices, with those that were made one by one."""
    given = {name: getattr(args, name, None) for name in FIELDS}
    chosen = {name: value for name, value in given.items() if value is not None}
    return {**PRESETS[args.preset].choices, **chosen}


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _colormap(text: str) -> str:
    from vitviewer.maps.colormaps import known_colormap

    try:
        return known_colormap(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
