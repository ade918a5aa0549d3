"""The numbers under the pointer, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitviewer.answers import SHARE
from vitviewer.queries import Direction

if TYPE_CHECKING:
    from vitviewer.answers import Explanation
    from vitviewer.maps.selection import PatchMap


def describe(
    x: float, y: float, patch: tuple[int, int] | None, patch_map: PatchMap | None
) -> str:
    """Describe one point of the picture.

    Parameters
    ----------
    x, y : float
        Pixel of the upright picture.
    patch : (row, col) or None
        The patch there; None where the model saw nothing.
    patch_map : PatchMap or None
        The map on the screen.
    """
    words = [f"x {int(x)}, y {int(y)}"]
    if patch is None:
        words.append("the model did not see this pixel" if patch_map else "")
        return " · ".join(word for word in words if word)
    row, col = patch
    words.append(f"patch row {row}, column {col}")
    if patch_map is not None:
        words += [
            *_value(patch_map, row, col),
            f"rank {patch_map.rank(row, col)} of {patch_map.values.size}",
            prefix_share(patch_map),
        ]
    return " · ".join(word for word in words if word)


def run_words(explanation: Explanation) -> str:
    """Say where the model ran and how long the pass took: "cpu, 41 ms"."""
    ms = explanation.seconds * 1000.0
    took = f"{ms:.0f} ms" if ms < 10_000 else f"{explanation.seconds:.0f} s"
    return f"{explanation.model.device}, {took}"


def prefix_share(patch_map: PatchMap) -> str:
    """Say how much of the query's attention goes to tokens that are not patches."""
    shares = patch_map.unit == SHARE and patch_map.direction is Direction.FROM
    if not (shares and patch_map.special.size):
        return ""
    return f"prefix tokens {float(patch_map.special.sum()) * 100:.1f} %"


def _value(patch_map: PatchMap, row: int, col: int) -> list[str]:
    """Say a patch's value; a share also as a multiple of a uniform one."""
    value = patch_map.share(row, col)
    if patch_map.unit != SHARE:
        return [f"{value:.4g} {patch_map.unit}"]
    return [
        f"{value * 100:.3f} % of {_whose(patch_map)}",
        f"{patch_map.times_uniform(row, col):.2f} × uniform",
    ]


def _whose(patch_map: PatchMap) -> str:
    """Say what a value is a share of."""
    to = patch_map.direction is Direction.TO
    return "this patch's attention" if to else "the attention"
