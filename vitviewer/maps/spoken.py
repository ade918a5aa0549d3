"""A map for those who cannot see it: what it is, and where it is highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vitviewer.maps.legend import number

if TYPE_CHECKING:
    from vitviewer.maps.resolve import Resolved

_HIDDEN = "There is nothing to see: {}."


def spoken(shown: Resolved) -> str:
    """Say what a map is, and its highest patch with its value.

    "Attention from the class token in layer 10, mean of 12 heads. Highest: row 0,
    column 16, 1.2 %". Evidence against has its lowest patch named as well.
    """
    title = shown.title[:1].upper() + shown.title[1:]
    reason = blank(shown)
    if reason:
        return f"{title}. {reason}"
    values = shown.patch_map.values
    ends = [("Highest", np.nanargmax(values))]
    if shown.answer.signed:
        ends.append(("Lowest", np.nanargmin(values)))
    span = shown.hi - shown.lo
    found = []
    for name, index in ends:
        row, col = np.unravel_index(index, values.shape)
        value = number(float(values[row, col]), span, shown.answer.unit)
        found.append(f"{name}: row {row}, column {col}, {value}")
    return ". ".join([title, *found])


def blank(shown: Resolved) -> str:
    """Say why a map has nothing to see; empty where it has.

    Where a query may read no key at all, the row of attention is undefined.
    """
    values = shown.patch_map.values
    if not np.isfinite(values).any():
        return _HIDDEN.format(
            "no patch has a value, because the query may read no token"
        )
    if not np.any(values):
        return _HIDDEN.format("every patch has the value 0")
    return ""
