"""To which size each image processor resizes a picture.

The same arithmetic as in transformers' image processors, roundings included; the tests
compare it with theirs. Sizes are (width, height).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import ceil, floor, log, sqrt
from typing import Any

from vitviewer.errors import ModelError

Size = tuple[int, int]
Resize = Callable[[Any, int, int], Size]

_LARGEST_IDEFICS3_SIDE = 4096
_YOLOS_MULTIPLE = 16
_MOST_TIMES_THE_AREA = 4
_WEIGHT_OF_AREA = 0.25


def by_size(processor: Any, width: int, height: int) -> Size:
    """Return the size that the keys of ``processor.size`` ask for."""
    size = processor.size
    short, long = size.get("shortest_edge"), size.get("longest_edge")
    if short and long:
        return _between(short, long, width, height)
    if short:
        return _shorter_side(short, width, height)
    if size.get("max_height") and size.get("max_width"):
        return _within(size.max_width, size.max_height, width, height)
    return exactly(processor, width, height)


def exactly(processor: Any, _width: int, _height: int) -> Size:
    """Return the size that is given outright.

    Raises
    ------
    ModelError
        If the settings give none.
    """
    size = processor.size
    if size.get("height") and size.get("width"):
        return size.width, size.height
    raise ModelError(
        f"The model's processor resizes in a way that is not known here "
        f"({dict(size)}): give height and width, or shortest_edge, in its "
        "preprocessor_config.json."
    )


def yolos(processor: Any, width: int, height: int) -> Size:
    """Return the size between a shortest and a longest side, in whole sixteens."""
    size = processor.size
    if not (size.get("shortest_edge") and size.get("longest_edge")):
        return by_size(processor, width, height)
    short, exact = _bounded_side(size.shortest_edge, size.longest_edge, width, height)
    if width < height:
        new = short, int(exact * height / width)
    else:
        new = _from_shorter_side(short, exact, width, height)
    return new[0] - new[0] % _YOLOS_MULTIPLE, new[1] - new[1] % _YOLOS_MULTIPLE


def dpt(processor: Any, width: int, height: int) -> Size:
    """Return the size nearest to the one given, of whole multiples."""
    exact = exactly(processor, width, height)
    across, down = exact[0] / width, exact[1] / height
    if processor.keep_aspect_ratio:
        across = down = across if abs(1 - across) < abs(1 - down) else down
    step = processor.ensure_multiple_of
    return (
        int(round(across * width / step) * step),
        int(round(down * height / step) * step),
    )


def pixtral(processor: Any, width: int, height: int) -> Size:
    """Return the size that fits into the longest side, up to whole patches."""
    size, patch = processor.size, processor.patch_size
    long = size.get("longest_edge")
    across, down = (long, long) if long else exactly(processor, width, height)
    patch_width, patch_height = sides(patch)
    ratio = max(height / down, width / across)
    if ratio > 1:
        width, height = floor(width / ratio), floor(height / ratio)
    return (
        _up_to(patch_width, width),
        _up_to(patch_height, height),
    )


def janus(processor: Any, width: int, height: int) -> Size:
    """Return the size whose longer side is the one given."""
    scale = exactly(processor, width, height)[1] / max(width, height)
    least = processor.min_size
    return max(round(width * scale), least), max(round(height * scale), least)


def idefics2(processor: Any, width: int, height: int) -> Size:
    """Return the size whose longer side is bounded, its shorter side stretched."""
    size = processor.size
    if not (size.get("shortest_edge") and size.get("longest_edge")):
        return exactly(processor, width, height)
    width, height = _below(size.longest_edge, width, height)
    return max(width, size.shortest_edge), max(height, size.shortest_edge)


def idefics3(processor: Any, width: int, height: int) -> Size:
    """Return the size whose longer side is the one given, its shorter side even."""
    long = processor.size.get("longest_edge")
    if not long:
        return exactly(processor, width, height)
    aspect = width / height
    if width >= height:
        width, height = long, _even(int(long / aspect))
    else:
        width, height = _even(int(long * aspect)), long
    width, height = _below(_LARGEST_IDEFICS3_SIDE, max(width, 1), max(height, 1))
    return max(width, 1), max(height, 1)


def idefics3_tiles(processor: Any, width: int, height: int) -> Size:
    """Return the size of whole tiles, the shorter side rounded twice."""
    tile, aspect = processor.max_image_size["longest_edge"], width / height
    if width >= height:
        width = _up_to(tile, width)
        return width, _up_to(tile, int(width / aspect))
    height = _up_to(tile, height)
    return _up_to(tile, int(height * aspect)), height


def patch_sequence(processor: Any, width: int, height: int) -> Size:
    """Return the largest size of whole patches that are few enough (NaFlex)."""
    patch, most = processor.patch_size, processor.max_num_patches
    accuracy = 1e-5
    low, high = accuracy / 10, 100.0
    while high - low >= accuracy:
        middle = (low + high) / 2
        across, down = _patches(middle, patch, width, height)
        low, high = (middle, high) if across * down <= most else (low, middle)
    across, down = _patches(low, patch, width, height)
    return across * patch, down * patch


def own_shape(area: int, patch: Size, width: int, height: int) -> Size:
    """Return the size of whole patches with a picture's shape and about this area.

    At least one patch, and at most four times the area: very elongated
    pictures lose some of their aspect ratio.
    """
    scale = sqrt(area / (width * height))
    cols, rows = _nearest_grid(width * scale / patch[0], height * scale / patch[1])
    most = max(1, _MOST_TIMES_THE_AREA * area // (patch[0] * patch[1]))
    cols = min(cols, max(1, most // rows))
    rows = min(rows, most // cols)
    return cols * patch[0], rows * patch[1]


def sides(size: Any) -> Size:
    """Return the width and height of one number or of a mapping."""
    if isinstance(size, int):
        return size, size
    return size["width"], size["height"]


def _patches(scale: float, patch: int, width: int, height: int) -> Size:
    return (
        max(1, ceil(width * scale / patch)),
        max(1, ceil(height * scale / patch)),
    )


def _up_to(multiple: int, side: int) -> int:
    return ceil(side / multiple) * multiple


def _nearest_grid(across: float, down: float) -> Size:
    """Return whole numbers of patches: the shape counts most, then their number."""

    def badness(grid: Size) -> float:
        wider, taller = log(grid[0] / across), log(grid[1] / down)
        return abs(wider - taller) + _WEIGHT_OF_AREA * abs(wider + taller)

    cols, rows = ((max(1, floor(n)), ceil(n)) for n in (across, down))
    return min(product(cols, rows), key=badness)


def _even(side: int) -> int:
    return side + side % 2


def _shorter_side(side: int, width: int, height: int) -> Size:
    short, long = sorted((width, height))
    other = int(side * long / short)
    return (side, other) if width <= height else (other, side)


def _between(short: int, long: int, width: int, height: int) -> Size:
    """Return the size whose shorter side is as given, unless the longer forbids it."""
    return _from_shorter_side(*_bounded_side(short, long, width, height), width, height)


def _bounded_side(short: int, long: int, width: int, height: int) -> tuple[int, float]:
    """Return the shorter side, rounded and exact, if the longer is at most ``long``."""
    shorter, longer = float(min(width, height)), float(max(width, height))
    if longer / shorter * short <= long:
        return short, short
    exact = long * shorter / longer
    return round(exact), exact


def _from_shorter_side(short: int, exact: float, width: int, height: int) -> Size:
    if min(width, height) == short:
        return width, height
    if width < height:
        return short, int(exact * height / width)
    return int(exact * width / height), short


def _within(most_across: int, most_down: int, width: int, height: int) -> Size:
    scale = min(most_down / height, most_across / width)
    return int(width * scale), int(height * scale)


def _below(most: int, width: int, height: int) -> Size:
    """Return the size whose longer side is at most this one."""
    aspect = width / height
    if width >= height and width > most:
        return most, int(most / aspect)
    if height > width and height > most:
        return int(most * aspect), most
    return width, height
