"""A TIFF of any kind of number → an 8-bit Pillow image, by the rules of `depth`.

For what Pillow gets wrong or has no mode for: see `tiff_layout.is_pillows`.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from vitviewer.pictures.depth import Extent, Scaling
from vitviewer.pictures.limits import check_needed, check_size
from vitviewer.pictures.tiff_layout import (
    CMYK,
    COLOR_MAP,
    COLOR_SAMPLES,
    FLOAT,
    LAB,
    PALETTE,
    SIGNED,
    UNCOMPRESSED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
)
from vitviewer.pictures.tiff_pieces import pieces
from vitviewer.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vitviewer.pictures.tiff_directory import Directory
    from vitviewer.pictures.tiff_layout import Layout

    _Rule = Callable[[NDArray[Any]], NDArray[np.uint8]]

_ORIENTATION, _PROFILE = 274, 34675
_MOST_PROFILE = 16 * 1024**2
_BLOCK_PIXELS = 500_000
_MODES = {CMYK: "CMYK", YCBCR: "YCbCr", LAB: "LAB"}


def read_samples(
    file: IO[bytes], directory: Directory, layout: Layout, name: str
) -> tuple[Image.Image, list[str]]:
    """Read a TIFF's first page.

    Returns
    -------
    image : Image
        Of 8 bits, as stored: its orientation and profile are with it.
    notes : list of str
        How values became 8 bits.

    Raises
    ------
    ImageError
        If it is too large.
    OSError, ValueError
        If it is damaged.
    """
    _check_memory(layout, name)
    values = _all_values(file, layout)
    notes: list[str] = []
    profile = directory.entries.get(_PROFILE)
    if profile is not None and _is_deep_grey(layout):
        image = Image.fromarray(_black_is_zero(values[..., 0], layout))
    else:
        if layout.photometric == PALETTE:
            to_bytes = _palette(directory, layout)
        else:
            to_bytes = _rule(values, layout, notes)
        shown = _shown(values, layout, to_bytes)
        del values  # before Pillow makes a copy of what is shown
        image = _image(shown, layout)
        del shown
    turn = directory.number(_ORIENTATION, 1)
    if 1 <= turn <= 8:
        image.getexif()[_ORIENTATION] = turn
    if profile is not None and profile.n_bytes <= _MOST_PROFILE:
        if any("own range" in note for note in notes):
            notes.append("colour profile ignored: it is not for scaled values")
        else:
            image.info["icc_profile"] = directory.values(_PROFILE)
    return image, notes


def _is_deep_grey(layout: Layout) -> bool:
    """Return whether all 16 bits of grey can be handed on, for its profile."""
    is_deep = layout.kind == UNSIGNED and layout.bits == 16 and len(layout.used) == 1
    return is_deep and not layout.nodata


def _black_is_zero(values: NDArray[Any], layout: Layout) -> NDArray[Any]:
    return values if layout.photometric != WHITE_IS_ZERO else 65535 - values


def _image(shown: NDArray[np.uint8], layout: Layout) -> Image.Image:
    """Make a Pillow image of bytes, (height, width) or (height, width, channels)."""
    mode = _MODES.get(layout.photometric)
    if mode is None:
        return Image.fromarray(shown)
    height, width = shown.shape[:2]
    return Image.frombytes(mode, (width, height), shown.data, "raw", mode)


def _check_memory(layout: Layout, name: str) -> None:
    """Refuse what would take too much, as `limits` does."""
    check_size(layout.size, name)
    n_used = len(layout.used)
    n_bytes = layout.dtype.itemsize * len(layout.used)
    if layout.photometric == PALETTE:
        n_used += 2
    stored = 1 if n_used == 1 else 4
    a_pixel = max(n_bytes + n_used, n_used + stored, stored + 3 + (n_used in (2, 4)))
    piece = layout.row_bytes * layout.piece[1]
    n_pixels = layout.size[0] * layout.size[1]
    copies = 1 if layout.compression == UNCOMPRESSED else 3
    check_needed(layout.size, a_pixel * n_pixels + copies * piece, name)


def _all_values(file: IO[bytes], layout: Layout) -> NDArray[Any]:
    """Read the samples that are used, (height, width, used)."""
    width, height = layout.size
    used = layout.used
    values = np.empty((height, width, len(used)), layout.dtype)
    for first, rows, columns, piece in pieces(file, layout):
        for n, band in enumerate(used):
            if first <= band < first + piece.shape[2]:
                values[rows, columns, n] = piece[..., band - first]
    return values


def _shown(values: NDArray[Any], layout: Layout, to_bytes: _Rule) -> NDArray[np.uint8]:
    """Turn values into bytes, (height, width) or (height, width, channels)."""
    n_colors = COLOR_SAMPLES[layout.photometric]
    n_shown = 3 if layout.photometric == PALETTE else n_colors
    n_channels = n_shown + (layout.alpha is not None)
    result = np.empty((*values.shape[:2], n_channels), np.uint8)
    for rows in _blocks(values):
        result[rows, :, :n_shown] = to_bytes(_straight(values[rows], layout))
        if layout.alpha is not None:
            opacity = _opacity(values[rows][..., n_colors], layout)
            result[rows, :, n_shown] = np.rint(opacity * 255.0)
    return result[..., 0] if n_channels == 1 else result


def _palette(directory: Directory, layout: Layout) -> _Rule:
    """Look colours up: all reds stand first, then greens, then blues."""
    numbers = np.array(directory.numbers(COLOR_MAP), np.uint16)
    size = 2**layout.bits
    if len(numbers) < 3 * size:
        raise ValueError("the palette is too short")
    table = numbers[: 3 * size].reshape(3, size).T
    shift = 0 if layout.has_narrow_map else 8
    colors: NDArray[np.uint8] = (table >> shift).astype(np.uint8)

    def to_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
        looked_up: NDArray[np.uint8] = colors[values[..., 0]]
        return looked_up

    return to_bytes


def _rule(values: NDArray[Any], layout: Layout, notes: list[str]) -> _Rule:
    """Choose how colours become bytes, and say so in the notes."""
    n_colors = COLOR_SAMPLES[layout.photometric]
    is_white_zero = layout.photometric == WHITE_IS_ZERO
    what = "grey" if n_colors == 1 else "colours"
    if layout.kind == UNSIGNED and layout.bits == 16 and n_colors > 1:
        notes.append("16-bit colours shown by their high byte")
        return lambda colors: (colors >> 8).astype(np.uint8)
    if layout.kind == UNSIGNED and layout.bits < 16:
        hi = 2**layout.bits - 1
        if layout.bits > 8:
            notes.append(f"{what} scaled from {layout.bits} bits (0 to {hi}) to 8")
        scaling, nodata = Scaling(0.0, hi), None
    else:
        nodata = _nodata(layout)
        scaling = _measured(values, layout, nodata, what, notes)

    def to_bytes(colors: NDArray[Any]) -> NDArray[np.uint8]:
        shown = scaling.apply(colors)
        if is_white_zero:
            shown = 255 - shown
        if nodata is not None:
            shown[colors == nodata] = 0
        if layout.kind == FLOAT:
            shown[~np.isfinite(colors)] = 0
        return shown

    return to_bytes


def _measured(
    values: NDArray[Any],
    layout: Layout,
    nodata: Any,
    what: str,
    notes: list[str],
) -> Scaling:
    """Take the range from the values themselves, without those of no data."""
    extent, missing = Extent(), 0
    for rows in _blocks(values):
        colors = _straight(values[rows], layout)
        if nodata is not None:
            known = colors != nodata
            missing += known.size - int(known.sum())
            colors = colors[known]
        extent.add(colors)
    scaling = Scaling.of(extent, what)
    if missing:
        notes.append(
            f"{missing} values of no data ({plain(layout.nodata)}) shown black"
        )
    notes.extend(scaling.notes)
    return scaling


def _nodata(layout: Layout) -> Any:
    """Return the value that stands for no data, as it is stored; None if none can.

    What is not finite is left out in any case.
    """
    try:
        number = float(layout.nodata)
        if layout.kind == FLOAT:
            with np.errstate(over="ignore"):
                value: Any = np.array(number).astype(layout.dtype)[()]
            return value if bool(np.isfinite(value)) else None
        whole = int(layout.nodata) if layout.nodata.lstrip("+-").isdigit() else number
        if whole != int(whole):
            return None
        return np.array([int(whole)], layout.dtype)[0]
    except (ValueError, OverflowError):  # words, infinite, outside of the type's range
        return None


def _straight(part: NDArray[Any], layout: Layout) -> NDArray[Any]:
    """Return the colours of some pixels, not multiplied by alpha."""
    n_colors = COLOR_SAMPLES[layout.photometric]
    colors = part[..., :n_colors]
    if not layout.is_premultiplied:
        return colors
    opacity = _opacity(part[..., n_colors], layout)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        straight = np.where(opacity > 0, colors / opacity, 0)
    if layout.kind == FLOAT:
        return straight.astype(layout.dtype)
    top = np.iinfo(layout.dtype).max if layout.kind == SIGNED else 2**layout.bits - 1
    return np.minimum(np.rint(straight), top).astype(layout.dtype)


def _opacity(alpha: NDArray[Any], layout: Layout) -> NDArray[np.float64]:
    """Return alpha as numbers from 0 to 1."""
    top = {UNSIGNED: 2.0**layout.bits - 1, SIGNED: 2.0 ** (layout.bits - 1) - 1}
    share = np.nan_to_num(alpha.astype(np.float64)) / top.get(layout.kind, 1.0)
    return np.clip(share, 0.0, 1.0)


def _blocks(values: NDArray[Any]) -> Iterator[slice]:
    step = max(1, _BLOCK_PIXELS // values.shape[1])
    for top in range(0, len(values), step):
        yield slice(top, top + step)
