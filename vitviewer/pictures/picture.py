"""Untrusted file, URL or clipboard bytes -> Picture, or one ImageError.

All functions may run in any thread.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from urllib.request import url2pathname

import numpy as np

from vitviewer.errors import ImageError
from vitviewer.pictures.decoding import decode
from vitviewer.pictures.depth import Extent, Scaling
from vitviewer.pictures.limits import check_size
from vitviewer.pictures.pyramid import smaller_sizes
from vitviewer.pictures.signatures import open_regular
from vitviewer.pictures.transparency import Transparency
from vitviewer.queries import Background
from vitviewer.text import plain, quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from numpy.typing import NDArray

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://|data:", re.IGNORECASE)


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
        What a transparent picture is laid on.
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
        """Return the picture laid on another background; itself if nothing changes."""
        if self.transparency is None or background is self.background:
            return self
        notes = self.notes[:-1]  # the last one is of the background
        return _over(self.transparency, background, self.name, self.source, notes)

    @cached_property
    def smaller(self) -> tuple[NDArray[np.uint8], ...]:
        """The same at half, quarter ... of the size; see `smaller_sizes`."""
        return smaller_sizes(self.pixels)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of width and height (uint32, little-endian), then pixels."""
        digest = hashlib.sha256(struct.pack("<II", *self.size))
        digest.update(np.ascontiguousarray(self.pixels).data)
        return digest.hexdigest()


def open_image(
    source: str | PathLike[str], cancel: Callable[[], bool] | None = None
) -> Picture:
    """Open a picture from a path or from a file, http, https or data URL.

    Parameters
    ----------
    source : str or path
        What to open; ``~`` is the home folder.
    cancel : callable, optional
        Asked now and then while a URL is fetched; true ends the fetch.

    Raises
    ------
    ImageError
        If there is no such picture or it cannot be shown.
    Cancelled
        If ``cancel`` answered true.
    """
    if isinstance(source, str) and is_url(source):
        return _open_url(source, cancel)
    path = local_path(source)
    name = os.path.basename(path.rstrip("/\\")) or path
    with open_regular(path, name) as file:
        return _decode(file, name, path)


def is_url(source: str) -> bool:
    """Tell whether a source is a URL that has to be fetched, not a file."""
    return bool(_SCHEME.match(source)) and not source.lower().startswith("file:")


def local_path(source: str | PathLike[str]) -> str:
    """Return the path that a path or file URL names, with ``~`` expanded.

    Raises
    ------
    ImageError
        If a file URL names another computer.
    """
    if isinstance(source, str) and source.lower().startswith("file://"):
        return _file_url_path(source)
    try:
        return os.path.expanduser(os.fspath(source))
    except ValueError as error:  # the home of a user whose name holds a null
        raise ImageError(
            f"{quoted(os.fspath(source))} is not a path: choose the file itself."
        ) from error


def decode_image(data: bytes, name: str, source: str) -> Picture:
    """Decode the bytes of a picture file, say from the clipboard.

    Raises
    ------
    ImageError
        If the bytes are not a picture that can be shown.
    """
    return _decode(io.BytesIO(data), name, source)


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


def _file_url_path(url: str) -> str:
    """Return the path in a file URL."""
    try:
        parts = urlsplit(url)
        raw = os.fsencode(parts.path)
    except ValueError as error:  # half of an IPv6 address, half a character
        raise ImageError(
            f"{quoted(url)} is not the address of a file: choose the file itself."
        ) from error
    if parts.netloc not in ("", "localhost"):
        raise ImageError(
            f"{quoted(url)} names another computer: copy the file here first."
        )
    if os.name == "posix":  # a name may hold bytes that are not UTF-8
        return os.fsdecode(unquote_to_bytes(raw))
    return url2pathname(parts.path)


def _open_url(url: str, cancel: Callable[[], bool] | None) -> Picture:
    """Fetch and decode a URL."""
    from vitviewer.pictures.fetch import fetch

    data = fetch(url, cancel=cancel)
    if url[:5].lower() == "data:":
        return decode_image(data, "picture from a data URL", url[: url.find(",")])
    name = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return decode_image(data, name or url, url)


def _decode(file: IO[bytes], name: str, source: str) -> Picture:
    """Decode an open file and lay what is transparent over white."""
    upright = decode(file, name)
    name, notes = plain(name), tuple(upright.notes)
    if upright.alpha is None:
        return Picture(upright.colour, name, source, notes)
    transparency = Transparency(upright.colour, upright.alpha)
    return _over(transparency, Background.WHITE, name, source, notes)


def _over(
    transparency: Transparency,
    background: Background,
    name: str,
    source: str,
    notes: tuple[str, ...],
) -> Picture:
    """Make a picture of transparent pixels; the note of the background comes last."""
    pixels = transparency.over(background)
    return Picture(
        pixels, name, source, (*notes, background.note), transparency, background
    )
