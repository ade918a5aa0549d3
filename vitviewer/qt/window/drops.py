"""What was dropped or pasted: files, folders, URLs, or picture data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QBuffer, QIODevice, QUrl
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_PICTURE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/bmp", "image/tiff")
_WEB = ("http://", "https://", "data:image/")


@dataclass(frozen=True)
class Drop:
    """Sources to open, or the bytes of one encoded picture; neither: nothing usable."""

    sources: tuple[str, ...] = ()
    data: bytes = b""

    def __bool__(self) -> bool:
        return bool(self.sources or self.data)


def can_read(mime: QMimeData) -> bool:
    """Return whether, at a cheap look, a drop may hold something to open."""
    return mime.hasUrls() or mime.hasImage() or bool(_text_source(mime))


def read(mime: QMimeData) -> Drop:
    """Read a drop: local files first, then picture data, then web addresses.

    A browser offers both the picture's bytes and its address; the bytes need no
    network, so they win.
    """
    files = tuple(_path(url) for url in mime.urls() if url.isLocalFile())
    if files:
        return Drop(sources=files)
    data = _picture_bytes(mime)
    if data:
        return Drop(data=data)
    addresses = [bytes(u.toEncoded().data()).decode() for u in mime.urls()]
    urls = tuple(a for a in addresses if a.startswith(_WEB))
    return Drop(sources=urls or _text_source(mime))


def _path(url: QUrl) -> str:
    """Return the path in a file URL, byte for byte: names need not be UTF-8."""
    if os.name != "posix":
        return url.toLocalFile()
    return os.fsdecode(
        unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))
    )


def _picture_bytes(mime: QMimeData) -> bytes:
    """Return encoded picture data as it was sent, else what Qt decoded, as PNG."""
    for kind in _PICTURE_TYPES:
        if mime.hasFormat(kind):
            return bytes(mime.data(kind).data())
    image = mime.imageData() if mime.hasImage() else None
    if not isinstance(image, QImage) or image.isNull():
        return b""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _text_source(mime: QMimeData) -> tuple[str, ...]:
    """Return a single line of text that is a web address or an absolute path."""
    text = mime.text().strip() if mime.hasText() else ""
    if "\n" in text or not text.startswith((*_WEB, "file://", "/", "~/")):
        return ()
    return (text,)
