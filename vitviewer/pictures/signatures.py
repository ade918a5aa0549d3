"""Recognise a file by its first bytes; refuse by name what is not decoded here."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING

from vitviewer.errors import ImageError
from vitviewer.pictures.files import too_large
from vitviewer.text import quoted

if TYPE_CHECKING:
    pass

#: The same for formats whose decoder takes the whole file into memory.
MAX_WHOLE_FILE_BYTES = 256 * 1024**2

_HEAD_BYTES = 512


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
_KNOWN = (
    *(b"\xff\xd8", b"\x89PNG", b"GIF8", b"BM", b"qoif"),
    *(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
)
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")


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
        raise too_large(name, size, MAX_WHOLE_FILE_BYTES)
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
        return "is a video, not a picture: save one of its frames as PNG first"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "is an SVG drawing: export it as PNG first"
    if text.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not a picture: save the picture itself"
    return ""
