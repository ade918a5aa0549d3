"""What a colour bar says: its colours, and round numbers in percent for them."""

from __future__ import annotations

from math import ceil, floor, isfinite, log10
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.answers import SHARE
from vitviewer.maps.colormaps import FLAT_INDEX, lookup_table
from vitviewer.maps.style import is_flat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.maps.style import OverlayStyle

_MIDDLE_GREY = 128
_CLEAR = 0.09
"""Part of the range about an end in which no other number stands."""
_MOST_DIGITS = 6


def bar_pixels(style: OverlayStyle) -> NDArray[np.uint8]:
    """Return the bar's colours from the lowest value to the highest, uint8 (1, 256, 3).

    They are what the map looks like over middle grey. A flat map has one.
    """
    table = lookup_table(style.colormap, style.opacity, style.alpha, style.signed)
    if is_flat(style.lo, style.hi):
        table = np.repeat(table[FLAT_INDEX : FLAT_INDEX + 1], 256, axis=0)
    alpha = table[:, 3:] / 255.0
    bar = alpha * table[:, :3] + (1.0 - alpha) * _MIDDLE_GREY
    return np.rint(bar).astype(np.uint8)[None]


def ticks(lo: float, hi: float, about: int = 5) -> list[float]:
    """Return the exact ends and some round values between them, rising.

    A range without contrast is one value.
    """
    if is_flat(lo, hi) or not isfinite(hi - lo):
        return [hi]
    step = _round_step((hi - lo) / max(about, 1))
    clear = _CLEAR * (hi - lo)
    between = (k * step for k in range(ceil(lo / step), floor(hi / step) + 1))
    return [lo, *(v for v in between if lo + clear < v < hi - clear), hi]


def position(value: float, lo: float, hi: float) -> float:
    """Return where a value stands on the bar, from 0 (bottom) to 1 (top)."""
    if is_flat(lo, hi) or not isfinite(value - lo):
        return 0.5
    return min(max((value - lo) / (hi - lo), 0.0), 1.0)


def percent(value: float, span: float) -> str:
    """Write a share in percent, to about a hundredth of the scale's span."""
    size = 100.0 * (abs(span) if span else abs(value))
    if not isfinite(value) or not isfinite(size):
        return "–"
    if value == 0.0 or size == 0.0:
        return "0 %"
    digits = min(max(round(-log10(size)) + 2, 0), _MOST_DIGITS)
    return f"{value * 100.0:.{digits}f} %"


def number(value: float, span: float, unit: str = SHARE) -> str:
    """Write a value beside the colour bar: shares in percent, others as they are."""
    return percent(value, span) if unit == SHARE else f"{value:.3g}"


def tick_words(values: list[float], span: float, unit: str = SHARE) -> list[str]:
    """Write the numbers of a colour bar; only the last one names per cent.

    A minus is a true one (U+2212), and a narrow space stands before "%" (U+202F).
    """
    words = [number(value, span, unit) for value in values]
    bare = [word.removesuffix(" %") for word in words]
    if unit == SHARE and bare:
        bare[-1] += "\u202f%"
    return [word.replace("-", "\u2212") for word in bare]


def range_words(lo: float, hi: float, unit: str = SHARE) -> tuple[str, str]:
    """Write both ends of a range for a caption; the second one names the unit."""
    if unit == SHARE:
        return f"{lo:.3%}", f"{hi:.3%} of the attention"
    return f"{lo:.4g}", f"{hi:.4g} {unit}"


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10 ... times a power of ten that is no less."""
    power: float = 10.0 ** floor(log10(least))
    enough = least * (1.0 - 1e-9)
    return next((m * power for m in (1, 2, 5) if m * power >= enough), 10 * power)
