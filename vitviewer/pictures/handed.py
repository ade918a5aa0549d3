"""Texts that other programs hand over -> the sources of pictures that they name.

A line may be a path or an address, in quotes or not; HTML may show pictures.
"""

from __future__ import annotations

import os
import re
import shlex
from html.parser import HTMLParser
from urllib.parse import urljoin

from vitviewer.pictures.places import reason

_WEB = ("http://", "https://", "data:image/")
_PATHS = ("file:", "/", "~/")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "<": ">"}
_MOST_TEXT = 64 * 1024**2
_MOST_SOURCES = 1000


def sources_in_text(text: str) -> tuple[str, ...]:
    """Return the sources that a text lists, one a line; none if it says anything else.

    Paths have to be whole, for nobody knows in which folder they would begin.
    """
    text = text.strip("\ufeff\0 \t\r\n")
    if not text or len(text) > _MOST_TEXT:
        return ()
    found: list[str] = []
    for line in text.splitlines()[: _MOST_SOURCES + 1]:
        if not line.strip():
            continue
        sources = _sources_in_line(line.strip())
        if not sources:
            return ()
        found += sources
    return tuple(found[:_MOST_SOURCES])


def sources_in_html(html: str, page: str = "") -> tuple[str, ...]:
    """Return the sources of the pictures that a piece of HTML shows, each once.

    Parameters
    ----------
    html : str
    page : str
        The address that relative ones are relative to, unless the HTML says another.
    """
    if len(html) > _MOST_TEXT:
        return ()
    reader = _PictureReader(page)
    reader.feed(html)
    good = [s for s in reader.found if s.lower().startswith((*_WEB, "file:"))]
    # Where there is no other, a place that cannot be opened says why.
    usable = good or [s for s in reader.found if reason(s)][:1]
    return tuple(dict.fromkeys(usable))[:_MOST_SOURCES]


def decoded_html(data: bytes) -> str:
    """Return HTML as text: some browsers hand it over as UTF-16."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    return data.decode("utf-8-sig", "replace")


def _sources_in_line(line: str) -> list[str]:
    """Return the one source that a line is, or the several that a shell would read."""
    if _is_source(line) and os.path.lexists(os.path.expanduser(line)):
        return [line]  # whatever marks are in its name
    several = _split(line)
    bare = _unquoted(line)
    return several or ([bare] if _is_source(bare) else [])


def _split(line: str) -> list[str]:
    """Return the words of a line as a shell reads them, if each is a source.

    File managers and terminals quote what they hand over so.
    """
    if os.name != "posix" or not any(mark in line for mark in "'\"\\"):
        return []
    if line.lower().startswith(_WEB):
        return []
    try:
        words = shlex.split(line)
    except ValueError:  # a quote without its other
        return []
    return words if words and all(map(_is_source, words)) else []


def _unquoted(line: str) -> str:
    closing = _QUOTES.get(line[0])
    if closing is not None and len(line) > 1 and line[-1] == closing:
        return line[1:-1].strip()
    return line


def _is_source(text: str) -> bool:
    start = text[:12].lower()
    if start.startswith((*_WEB, *_PATHS)) or reason(text):
        return True
    return os.name == "nt" and _DRIVE.match(text) is not None


class _PictureReader(HTMLParser):
    """Collect what pictures are read from."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._page = page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a picture's source, or what addresses are relative to."""
        of = dict(reversed(attrs))  # the first of a name counts
        if tag == "base":
            self._page = self._joined(of.get("href") or "")
        if tag in ("img", "image", "input"):
            source = of.get("src") or of.get("href") or of.get("xlink:href") or ""
            if source.strip():
                self.found.append(self._joined("".join(source.strip().split("\n"))))

    handle_startendtag = handle_starttag

    def _joined(self, address: str) -> str:
        """Return a whole address; as it is where it cannot be made whole."""
        if address.startswith("data:"):
            return address
        try:
            return urljoin(self._page, address)
        except ValueError:
            return address
