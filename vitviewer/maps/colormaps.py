"""The colormaps on offer, in groups, and the table of 256 colours that each is.

A name is ours (``ember``) or any that cmap knows (``bids:viridis``, ``cmocean:ice``).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cmap
import numpy as np

from vitviewer.maps.state import EMBER, EMBER_AND_ICE, Alpha

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = {
    "Safe for colour-blind eyes": {
        EMBER: "Ember",
        "bids:viridis": "Viridis",
        "cividis": "Cividis",
        "bids:inferno": "Inferno",
        "bids:magma": "Magma",
        "bids:plasma": "Plasma",
        "crameri:batlow": "Batlow",
        "crameri:lajolla": "Lajolla",
    },
    "Even in lightness": {
        "cmocean:ice": "Ice",
        "colorcet:CET_L3": "Fire",
        "matlab:gray": "Gray",
    },
    "Not uniform": {"google:turbo": "Turbo (not uniform)"},
}
"""Colormaps for values of one sign: a group's name to names and labels for people."""
DIVERGING_GROUPS = {
    "Safe for colour-blind eyes": {
        EMBER_AND_ICE: "Ember and ice",
        "crameri:managua_r": "Managua",
        "crameri:vik": "Vik",
        "colorbrewer:puor_r": "Purple and orange",
    },
    "Even in lightness": {"colorcet:CET_D1A": "Blue and red"},
}
"""The same for signed values: warm speaks for, cool against."""
COLORMAPS = {n: label for group in GROUPS.values() for n, label in group.items()}
DIVERGING = {
    name: label for group in DIVERGING_GROUPS.values() for name, label in group.items()
}
FLAT_INDEX = 128
"""The colour of a map that has no contrast."""

# Managua's middle is dark: on a photograph it would read as a shadow.
_PARTS = {
    EMBER: (("bids:inferno", 0.3, 1.0),),
    EMBER_AND_ICE: (("crameri:managua", 1.0, 0.68), ("crameri:managua", 0.32, 0.0)),
}
"""Our own: parts of others, end to end, each from where to where."""


def known_colormap(name: str) -> str:
    """Return the name of a colormap that there is.

    Raises
    ------
    ValueError
        In words, if there is none of that name.
    """
    try:
        _rows(name)
    except Exception as error:  # whatever cmap makes of it, there is no such colormap
        raise ValueError(
            f"{name!r} is not a colormap; some are ember, viridis, gray, cmocean:ice"
        ) from error
    return name


def is_diverging(name: str) -> bool:
    """Return whether a colormap has two hues that part at its middle."""
    if name in DIVERGING:
        return True
    return name not in _PARTS and cmap.Colormap(name).category == "diverging"


@lru_cache(maxsize=64)
def lookup_table(
    colormap: str,
    opacity: float = 1.0,
    alpha: Alpha = Alpha.UNIFORM,
    signed: bool = False,
) -> NDArray[np.uint8]:
    """Return 256 colours with straight alpha, uint8 (256, 4).

    Parameters
    ----------
    colormap : str
    opacity : float
        The largest alpha, from 0 to 1.
    alpha : Alpha
        How it depends on the value.
    signed : bool
        Whether the middle of the table stands for zero: alpha then depends on how far
        from there a value is.
    """
    table = np.ones((256, 4))
    table[:, :3] = _rows(colormap)
    table[:, 3] = opacity * alpha_of(np.linspace(0.0, 1.0, 256), alpha, signed)
    result = np.rint(table * 255.0).astype(np.uint8)
    result.setflags(write=False)
    return result


def alpha_of(
    part: NDArray[np.float64], alpha: Alpha, signed: bool = False
) -> NDArray[np.float64]:
    """Return alpha, from 0 to 1, of where values stand in their range, from 0 to 1."""
    v = np.abs(2.0 * part - 1.0) if signed else part
    if alpha is Alpha.UNIFORM:
        return np.ones_like(v)
    return v if alpha is Alpha.LINEAR else v * v * (3.0 - 2.0 * v)


def _rows(name: str) -> NDArray[np.float64]:
    """Return 256 colours from 0 to 1, float64 (256, 3)."""
    if name not in _PARTS:
        return np.asarray(cmap.Colormap(name).lut(256), dtype=np.float64)[:, :3]
    parts = _PARTS[name]
    count = 256 // len(parts)
    return np.concatenate(
        [
            np.asarray(cmap.Colormap(source)(np.linspace(start, end, count)))[:, :3]
            for source, start, end in parts
        ]
    )
