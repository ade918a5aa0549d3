"""A picture: upright sRGB pixels, where they came from, and what became of them.

All functions may run in any thread.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.errors import ImageError
from vitviewer.pictures.depth import Extent, Scaling
from vitviewer.pictures.grey import grey_sizes
from vitviewer.pictures.limits import check_size
from vitviewer.pictures.pyramid import smaller_sizes
from vitviewer.pictures.transparency import Transparency
from vitviewer.queries import Background
from vitviewer.text import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.pictures.color import Upright


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright sRGB picture and where it came from.

    Parameters
    ----------
    pixels : uint8 (height, width, 3)
    name : str
        Short and printable, for titles; plain text.
    source : str
        The path or URL as it was given (a ``data:`` URL without its data).
    notes : tuple of str
        What was done to the values on the way, for the user.
    transparency : Transparency, optional
        Of a picture that is transparent somewhere: what its pixels were made of.
    background : Background
        What a transparent picture is composited over.
    """

    pixels: NDArray[np.uint8]
    name: str
    source: str
    notes: tuple[str, ...] = ()
    transparency: Transparency | None = None
    background: Background = Background.WHITE

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    def over(self, background: Background) -> Picture:
        """Return the picture over another background; itself if nothing changes."""
        if self.transparency is None or background is self.background:
            return self
        notes = self.notes[:-1]  # the last one tells of the old background
        return _over(self.transparency, background, self.name, self.source, notes)

    @cached_property
    def smaller(self) -> tuple[NDArray[np.uint8], ...]:
        """The same at half, quarter ... of the size; see `smaller_sizes`."""
        return smaller_sizes(self.pixels)

    @cached_property
    def grey(self) -> tuple[NDArray[np.uint8], ...]:
        """The same in grey, from the full size down; see `grey_sizes`."""
        return grey_sizes(self.pixels, self.smaller)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of width and height (uint32, little-endian), then pixels."""
        digest = hashlib.sha256(struct.pack("<II", *self.size))
        digest.update(np.ascontiguousarray(self.pixels).data)
        return digest.hexdigest()


def from_pixels(
    array: NDArray[np.generic], name: str = "array", source: str = ""
) -> Picture:
    """Make a picture of an array, scaled by the same rules as files.

    Parameters
    ----------
    array : (height, width) or (height, width, 1 or 3)
        uint8 is taken as it is, True is white; for other depths see
        `vitviewer.pictures.depth`.
    name, source : str
        What the picture is called and where it is from.

    Raises
    ------
    ImageError
        If the array does not have such a shape, or is too large.
    """
    values = array[..., None] if array.ndim == 2 else array
    if values.ndim != 3 or values.shape[2] not in (1, 3) or 0 in values.shape:
        raise ImageError(
            f"An array of shape {array.shape} is no picture: give (height, width), "
            "or (height, width, 3)."
        )
    if values.dtype.kind not in "buif":
        raise ImageError(f"An array of {array.dtype} is no picture: give numbers.")
    check_size((values.shape[1], values.shape[0]), name)
    notes: tuple[str, ...] = ()
    if values.dtype == np.bool_:
        values = np.where(values, np.uint8(255), np.uint8(0))
    if values.dtype != np.uint8:
        extent = Extent()
        extent.add(values)
        scaling = Scaling.of(extent, "values")
        values, notes = scaling.apply(values), scaling.notes
    pixels = np.array(np.broadcast_to(values, (*values.shape[:2], 3)), dtype=np.uint8)
    return Picture(pixels, plain(name), source, notes)


def from_upright(upright: Upright, name: str, source: str) -> Picture:
    """Make a picture of decoded pixels; transparent ones are composited over white."""
    name, notes = plain(name), upright.notes
    if upright.alpha is None:
        return Picture(upright.color, name, source, notes)
    transparency = Transparency(upright.color, upright.alpha)
    return _over(transparency, Background.WHITE, name, source, notes)


def _over(
    transparency: Transparency,
    background: Background,
    name: str,
    source: str,
    notes: tuple[str, ...],
) -> Picture:
    """Composite transparent pixels; the note of the background comes last."""
    pixels = transparency.over(background)
    return Picture(
        pixels, name, source, (*notes, background.note), transparency, background
    )
