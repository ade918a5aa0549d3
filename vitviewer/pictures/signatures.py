"""From a name to an open regular file, or one sentence on why not.

Nothing here decodes a picture: it keeps a FIFO, a device or a film from reaching the
decoder, and words what went wrong so that it can be shown anywhere.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from vitviewer.errors import ImageError
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Largest file that is opened. Decoders read on from the start and leave a tail
#: alone, so this only stops what cannot be a picture of at most 120 megapixels.
MAX_FILE_BYTES = 2 * 1024**3
#: The same for formats whose decoder takes the whole file into memory.
MAX_WHOLE_FILE_BYTES = 256 * 1024**2

_HEAD_BYTES = 512

_KINDS = (
    (stat.S_ISDIR, "is a folder: open the pictures in it"),
    (stat.S_ISFIFO, "is a pipe, not a file: save its contents to a file first"),
    (stat.S_ISSOCK, "is a socket, not a file: choose a picture file"),
    (stat.S_ISCHR, "is a device, not a file: choose a picture file"),
    (stat.S_ISBLK, "is a device, not a file: choose a picture file"),
)

_CONVERT = "convert it to PNG or JPEG first"
_SIGNATURES = (
    (b"%!PS", f"is PostScript, which is a program and is not run here: {_CONVERT}"),
    (b"\xc5\xd0\xd3\xc6", f"is PostScript, which is not opened here: {_CONVERT}"),
    (b"%PDF", "is a PDF: export the page as PNG first"),
    (b"8BPS", "is a Photoshop file: export it as PNG or TIFF first"),
    (b"\xff\x0a", f"is JPEG XL, which is not supported: {_CONVERT}"),
    (b"\0\0\0\x0cJXL ", f"is JPEG XL, which is not supported: {_CONVERT}"),
    (b"\0\0\0\x0cjP  ", f"is JPEG 2000, which is not supported: {_CONVERT}"),
    (b"\xff\x4f\xff\x51", f"is JPEG 2000, which is not supported: {_CONVERT}"),
    (b"v/1\x01", "is OpenEXR, which is not supported: convert it to TIFF first"),
    (b"version https://git-lfs", "is a Git LFS pointer: run `git lfs pull` first"),
)
_KNOWN = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"qoif")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")


@contextmanager
def open_regular(path: str, name: str) -> Iterator[IO[bytes]]:
    """Open a regular file for reading, never waiting for one that is not.

    Raises
    ------
    ImageError
        If the file cannot be opened, or is a folder, pipe, device or socket.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise ImageError(f"{quoted(name)} {_why_closed(path, error)}.") from error
    try:
        _check_regular(os.fstat(descriptor), name)
        file = os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    with file:
        yield file


def _why_closed(path: str, error: OSError | ValueError) -> str:
    """Word why a file did not open, for the rest of a sentence."""
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the path"
    if isinstance(error, PermissionError):
        return "may not be read: check its permissions"
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        mode = 0
    for is_kind, words in _KINDS:
        if is_kind(mode):  # a socket refuses open() itself
            return words
    reason = getattr(error, "strerror", None) or "the name is not valid"
    return f"could not be opened ({reason}): check the path"


def _check_regular(status: os.stat_result, name: str) -> None:
    for is_kind, words in _KINDS:
        if is_kind(status.st_mode):
            raise ImageError(f"{quoted(name)} {words}.")
    if status.st_size > MAX_FILE_BYTES:
        raise _too_large(name, status.st_size, MAX_FILE_BYTES)


def _too_large(name: str, size: int, limit: int) -> ImageError:
    return ImageError(
        f"{quoted(name)} has {size / 1024**3:,.1f} GiB, more than the "
        f"{limit / 1024**3:,.2f} GiB that are opened: choose a smaller file."
    )


def check_head(file: IO[bytes], name: str) -> tuple[bool, int]:
    """Refuse by name what is known not to open, and leave the file at its start.

    Returns
    -------
    known : bool
        Whether the file starts as one of the formats that open does.
    size : int
        How many bytes it has.

    Raises
    ------
    ImageError
        If the file is empty, or of a kind that is refused.
    """
    head, size = _head_and_size(file, name)
    if not head:
        raise ImageError(f"{quoted(name)} is empty: copy or download it again.")
    words = _refusal(head)
    if words:
        raise ImageError(f"{quoted(name)} {words}.")
    whole = head[8:12] == b"WEBP" or head[4:8] == b"ftyp"
    if whole and size > MAX_WHOLE_FILE_BYTES:
        raise _too_large(name, size, MAX_WHOLE_FILE_BYTES)
    return whole or head.startswith(_KNOWN), size


def _head_and_size(file: IO[bytes], name: str) -> tuple[bytes, int]:
    """Read a file's first bytes; some files of the system do not let one do that."""
    try:
        head = file.read(_HEAD_BYTES)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ImageError(
            f"{quoted(name)} could not be read ({reason}): choose another file."
        ) from error
    return head, size


def _refusal(head: bytes) -> str:
    """Word what a refused file is and what to do; empty for all others."""
    for signature, words in _SIGNATURES:
        if head.startswith(signature):
            return words
    if head[4:8] == b"ftyp" and not any(b in head[8:40] for b in _AVIF_BRANDS):
        if any(b in head[8:40] for b in _HEIF_BRANDS):
            return (
                "is HEIC, which is not supported: convert it to JPEG first "
                "(phones can also share photos as JPEG)"
            )
        return "is a film, not a picture: save one of its frames as PNG first"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "is an SVG drawing: export it as PNG first"
    if text.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture: save the picture itself"
    return ""
