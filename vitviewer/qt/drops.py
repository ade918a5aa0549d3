"""What was dropped or pasted: files, folders, URLs, or picture data.

Whoever offers it may hang, and each question waits for seconds then: every part is
asked for once, the best first, and after a question without an answer none follows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QBuffer, QIODevice, Qt, QUrl
from PySide6.QtGui import QImage

from vitviewer.pictures.handed import decoded_html, sources_in_html, sources_in_text

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QDropEvent

_ADDRESSES, _HTML, _TEXT = "text/uri-list", "text/html", "text/plain"
_COPIED_FILES = "x-special/gnome-copied-files"
_DECODED = "application/x-qt-image"
# As they were sent, the ones without loss first; others are tried after Qt's decoder.
_ENCODED = "png tiff x-tiff webp avif bmp x-bmp qoi gif jpeg jpg pjpeg"
_PICTURES = tuple(f"image/{name}" for name in _ENCODED.split())
_PATIENCE_S = 2.0  # an empty answer that took longer was none

_Answer = TypeVar("_Answer")
_NO_FORMATS: list[str] = []
_NO_URLS: list[QUrl] = []


@dataclass(frozen=True)
class Drop:
    """Sources to open, or the bytes of one encoded picture; neither: nothing usable.

    ``silent``: whoever offered it did not answer.
    """

    sources: tuple[str, ...] = ()
    data: bytes = b""
    silent: bool = False

    def __bool__(self) -> bool:
        return bool(self.sources or self.data)

    @property
    def complaint(self) -> str:
        """Why there is nothing to open, in a sentence."""
        if self.silent:
            return (
                "The program that this was dragged or copied from does not answer: "
                "try again, or open the file itself."
            )
        return (
            "That is neither a picture nor a file: drop picture files, a folder, or a "
            "picture from a web page."
        )


def can_read(mime: QMimeData) -> bool:
    """Return whether, at a cheap look, a drop may hold something to open."""
    offer = _Offer(mime)
    if offer.has(_ADDRESSES, _HTML, _COPIED_FILES) or offer.pictures():
        return True
    return bool(sources_in_text(offer.text()))


def read(mime: QMimeData) -> Drop:
    """Read a drop: files first, then picture data, then addresses.

    A browser offers the bytes of a picture, HTML that shows it, and an address, which
    may be that of the page that the picture links to. The bytes need no network, so
    they win; the HTML knows best which address is the picture's.
    """
    offer = _Offer(mime)
    files, addresses = offer.addresses()
    if files:
        return Drop(files + addresses)
    data = offer.picture()
    if data:
        return Drop(data=data)
    page = addresses[0] if addresses else ""
    sources = (
        sources_in_html(offer.html(), page)
        or addresses
        or sources_in_text(offer.copied_files())
        or sources_in_text(offer.text())
    )
    return Drop(sources, silent=offer.is_silent and not sources)


def text_in(mime: QMimeData) -> str:
    """Return the text that is offered."""
    return _Offer(mime).text()


def accept(event: QDropEvent) -> None:
    """Take what is dragged as a copy: who proposes to move it would then delete it."""
    copy, link = Qt.DropAction.CopyAction, Qt.DropAction.LinkAction
    for action in (copy, link):
        if event.possibleActions() & action:
            event.setDropAction(action)
            event.accept()
            return
    event.acceptProposedAction()


class _Offer:
    """What another program offers, each part asked for once at most."""

    def __init__(self, mime: QMimeData) -> None:
        self._mime = mime
        self.is_silent = False
        self._formats = self._ask(mime.formats, _NO_FORMATS)

    def has(self, *formats: str) -> bool:
        """Return whether one of some formats is offered."""
        return any(name in self._formats for name in formats)

    def pictures(self) -> list[str]:
        """Return the formats of pictures that are offered, the best first."""
        known = [name for name in _PICTURES if name in self._formats]
        decoded = [_DECODED] if _DECODED in self._formats else []
        others = [name for name in self._formats if name.startswith("image/")]
        return [*known, *decoded, *(name for name in others if name not in known)]

    def addresses(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the files on this machine, and the other addresses."""
        if not self.has(_ADDRESSES):
            return (), ()
        urls = self._ask(self._mime.urls, _NO_URLS)
        here = [url for url in urls if url.isLocalFile() and not url.host()]
        others = [bytes(u.toEncoded().data()).decode() for u in urls if u not in here]
        return tuple(map(_path, here)), tuple(filter(None, others))

    def picture(self) -> bytes:
        """Return encoded picture data as it was sent, else what Qt decoded, as PNG."""
        for kind in self.pictures()[:1]:
            if kind != _DECODED:
                return self._bytes(kind)
            return _as_png(self._ask(self._mime.imageData, None))
        return b""

    def html(self) -> str:
        """Return the HTML that is offered."""
        return decoded_html(self._bytes(_HTML)) if self.has(_HTML) else ""

    def copied_files(self) -> str:
        """Return what a file manager has cut or copied, an address a line."""
        if not self.has(_COPIED_FILES):
            return ""
        return os.fsdecode(self._bytes(_COPIED_FILES)).partition("\n")[2]

    def text(self) -> str:
        """Return the text that is offered."""
        return self._ask(self._mime.text, "") if self.has(_TEXT) else ""

    def _bytes(self, kind: str) -> bytes:
        return self._ask(lambda: bytes(self._mime.data(kind).data()), b"")

    def _ask(self, question: Callable[[], _Answer], nothing: _Answer) -> _Answer:
        if self.is_silent:
            return nothing
        began = monotonic()
        answer = question()
        self.is_silent = not answer and monotonic() - began > _PATIENCE_S
        return answer


def _path(url: QUrl) -> str:
    """Return the path in a file URL, byte for byte: names need not be UTF-8."""
    if os.name != "posix":
        return url.toLocalFile()
    return os.fsdecode(
        unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))
    )


def _as_png(image: object) -> bytes:
    """Return a picture that Qt has decoded as PNG."""
    if not isinstance(image, QImage) or image.isNull():
        return b""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
