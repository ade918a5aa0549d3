"""Untrusted file, URL or clipboard bytes -> Picture, or one ImageError.

Only formats on a list are decoded, by Pillow; what became of unusual values stands in
the picture's notes. All functions may run in any thread.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import sys
import warnings
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from urllib.request import url2pathname

import numpy as np
from PIL import Image, UnidentifiedImageError

from vitviewer.errors import ImageError
from vitviewer.image_files import BoundedReads, check_head, open_regular, plain, quoted
from vitviewer.image_modes import to_srgb
from vitviewer.value_scaling import Extent, Scaling

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from numpy.typing import NDArray

#: Pillow's names of the formats that are decoded. Never EPS (it runs Ghostscript).
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "DIB", "TIFF", "PPM", "QOI")
#: Suffixes of picture files, lower case: what file dialogs and folders offer.
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".gif"),
    *(".bmp", ".dib", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".qoi"),
)
MAX_PIXELS = 120_000_000

_HEADER_READS = 200_000
_FRAME_READS = 4_000_000

# Pillow warns above its own limit before ours can speak, and of odd metadata; a larger
# limit raises. The settings are the process's, since `warnings.catch_warnings` is not
# safe in threads.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://|data:", re.IGNORECASE)
_FORMATS_IN_WORDS = "JPEG, PNG, WebP, AVIF, GIF, BMP, TIFF, PPM or QOI"


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
    """

    pixels: NDArray[np.uint8]
    name: str
    source: str
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

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
    return os.path.expanduser(os.fspath(source))


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
        `vitviewer.value_scaling`.
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
    _check_size((values.shape[1], values.shape[0]), name)
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


def list_pictures(folder: str | PathLike[str]) -> list[Path]:
    """Return the picture files in a folder, in natural order (2 before 10).

    Hidden files and folders within it are left out; what is in the files is not read.

    Raises
    ------
    ImageError
        If the folder cannot be read.
    """
    return [Path(path) for path in picture_paths(folder)]


def picture_paths(folder: str | PathLike[str]) -> list[str]:
    """Return the same as plain strings, which for very many is much faster.

    Raises
    ------
    ImageError
        If the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if _is_picture_entry(e)]
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ImageError(
            f"The folder {quoted(os.fspath(folder))} could not be listed ({reason}): "
            "check the path and its permissions."
        ) from error
    # Strings alone: sorting 100,000 lists would hold up every other thread for seconds.
    names.sort()
    names.sort(key=_natural)
    return [os.path.join(folder, name) for name in names]


def _is_picture_entry(entry: os.DirEntry[str]) -> bool:
    """Tell by name whether a directory entry may be a picture file."""
    suffix = os.path.splitext(entry.name)[1].lower()
    if suffix not in SUFFIXES or entry.name.startswith("."):
        return False
    return entry.is_file()


def _natural(name: str) -> str:
    """Sort key: runs of digits by value, all else by letters regardless of case."""
    return re.sub("[0-9]+", _sortable, name.lower())


def _sortable(digits: re.Match[str]) -> str:
    """Return digits such that the longer number comes after the shorter one."""
    value = digits[0].lstrip("0")
    return f"0{chr(len(value))}{value}"


def _file_url_path(url: str) -> str:
    """Return the path in a file URL."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise ImageError(
            f"{quoted(url)} names another computer: copy the file here first."
        )
    if os.name == "posix":  # a name may hold bytes that are not UTF-8
        return os.fsdecode(unquote_to_bytes(parts.path))
    return url2pathname(parts.path)


def _open_url(url: str, cancel: Callable[[], bool] | None) -> Picture:
    """Fetch and decode a URL."""
    from vitviewer.fetch import fetch

    data = fetch(url, cancel=cancel)
    if url[:5].lower() == "data:":
        return decode_image(data, "picture from a data URL", url[: url.find(",")])
    name = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    return decode_image(data, name or url, url)


def _decode(file: IO[bytes], name: str, source: str) -> Picture:
    """Decode an open file; every failure comes out as one ImageError."""
    known = check_head(file, name)
    bounded = BoundedReads(file, _HEADER_READS)
    try:
        with Image.open(cast("IO[bytes]", bounded), formats=FORMATS) as image:
            _check_size(image.size, name)
            notes = _depth_note(image)
            bounded.reads_left = sys.maxsize
            image.load()
            pixels, more = to_srgb(image)
            bounded.reads_left = _FRAME_READS
            notes = [*_frame_note(image), *notes, *more]
    except ImageError:
        raise
    except Exception as error:  # decoders raise anything, IndexError to struct.error
        words = _why_not_decoded(error, known)
        raise ImageError(f"{quoted(name)} {words}.") from error
    return Picture(pixels, plain(name), source, tuple(notes))


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > MAX_PIXELS:
        raise ImageError(
            f"{quoted(name)} has {width:,} × {height:,} pixels, more than the "
            f"{MAX_PIXELS // 10**6} megapixels that are opened: make it smaller first."
        )


def _why_not_decoded(error: Exception, known: bool) -> str:
    """Word a decoder's error, for the rest of a sentence.

    ``known`` tells that the file starts as one of the formats on the list does.
    """
    if isinstance(error, UnidentifiedImageError):
        if known:
            return (
                "is damaged, cut short or of an unusual kind: copy or download it "
                "again, or save it as PNG"
            )
        return f"is not a picture in {_FORMATS_IN_WORDS}: choose another file"
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        megapixels = MAX_PIXELS // 10**6
        return f"has more than {megapixels} megapixels: make it smaller first"
    if isinstance(error, MemoryError):
        return "does not fit into memory: close other programs or make it smaller"
    return "is damaged or cut short: copy or download it again"


def _frame_note(image: Image.Image) -> list[str]:
    """Say that only the first of several frames is shown.

    Counting them moves about in the file: the pixels must have been taken before. The
    further pictures in a telephone's JPEG are previews and gain maps, not frames.
    """
    if image.format == "MPO":
        return []
    try:
        count = getattr(image, "n_frames", 1)
    except Exception:  # later frames are damaged or too many
        return ["frame 1 of several"]
    return [f"frame 1 of {count}"] if count > 1 else []


def _depth_note(image: Image.Image) -> list[str]:
    """Say that Pillow keeps the high byte of 16-bit colours, before they are loaded."""
    colours = image.mode not in ("I", "F") and not image.mode.startswith("I;")
    deep = colours and ";16" in str(getattr(image, "tile", ""))
    return ["16-bit colours shown by their high byte"] if deep else []
