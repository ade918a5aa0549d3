"""Which font file on this machine has the letters that the bundled one lacks.

The usual folders are searched; no process is asked, and no library of the system. Of a
font only its table of characters (OpenType's ``cmap``) is read.
"""

from __future__ import annotations

import os
import struct
import sys
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vitviewer.system.files import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")
_MOST_FILES, _MOST_DEPTH, _MOST_TABLE = 5000, 6, 4 * 1024**2
_MOST_FONTS = 4
# Fonts that have a box for every character there is.
_EMPTY = ("lastresort", "adobeblank", "tofu", "notdef")
_ODD = (
    *("bold", "italic", "oblique", "black", "light", "thin", "mono", "serif"),
    *("medium", "condensed", "narrow", "emoji", "heavy", "unifont"),
)


@lru_cache(maxsize=64)
def fonts_for(characters: frozenset[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return font files that together have as many of some characters as there are.

    Returns
    -------
    tuple of (path, characters)
        The best first: plain upright ones before others. At most four.
    """
    having = [(p, has) for p in _font_files() if (has := covered(p, characters))]
    found: list[tuple[str, frozenset[str]]] = []
    left = characters
    while left and having and len(found) < _MOST_FONTS:
        path, has = min(having, key=lambda f: (-len(f[1] & left), _oddness(f[0]), f[0]))
        if not has & left:
            break
        found.append((path, has))
        left -= has
    return tuple(found)


def covered(path: str, characters: Iterable[str]) -> frozenset[str]:
    """Return which of some characters a font has; none if it cannot be read."""
    try:
        with open_regular(path) as file:
            table = _cmap(file)
            return frozenset(c for c in characters if _has(table, ord(c)))
    except (OSError, ValueError, struct.error, IndexError):
        return frozenset()


def _folders() -> list[Path]:
    """Return the folders that hold fonts on this system."""
    home = Path.home()
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"),
                Path("/System/Library/Fonts")]  # fmt: skip
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home))
        system = os.environ.get("SYSTEMROOT", r"C:\Windows")
        return [Path(local, r"Microsoft\Windows\Fonts"), Path(system, "Fonts")]
    data = os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    folders = [Path(data, "fonts"), home / ".fonts"]
    return folders + [Path(place, "fonts") for place in shared.split(":") if place]


def _font_files() -> Iterator[str]:
    """Find font files, a bounded number of them."""
    left = _MOST_FILES
    try:
        folders = dict.fromkeys(map(str, _folders()))
    except RuntimeError:  # there is no home
        return
    for top in folders:
        for folder, inner, names in os.walk(top):
            if folder[len(top) :].count(os.sep) >= _MOST_DEPTH:
                inner.clear()
            inner.sort()
            for name in sorted(names):
                lower = name.lower()
                if not lower.endswith(_SUFFIXES) or any(e in lower for e in _EMPTY):
                    continue
                left -= 1
                if left < 0:
                    return
                yield os.path.join(folder, name)


def _oddness(path: str) -> int:
    name = os.path.basename(path).lower()
    return sum(word in name.replace("sansserif", "") for word in _ODD)


def _cmap(file: IO[bytes]) -> bytes:
    """Return the table of characters that reaches furthest (format 12, or 4)."""
    start = 0
    head = file.read(16)
    if head[:4] == b"ttcf":  # the first font of a collection
        (start,) = struct.unpack_from(">I", head, 12)
    file.seek(start + 4)
    (count,) = struct.unpack(">H", file.read(2))
    file.seek(start + 12)
    tables = file.read(16 * count)
    for i in range(count):
        name, _, place, length = struct.unpack_from(">4sIII", tables, 16 * i)
        if name == b"cmap":
            file.seek(place)
            return _furthest(file.read(min(length, _MOST_TABLE)))
    raise ValueError("no cmap")


def _furthest(cmap: bytes) -> bytes:
    (count,) = struct.unpack_from(">H", cmap, 2)
    best, table = -1, b""
    for i in range(count):
        platform, encoding, place = struct.unpack_from(">HHI", cmap, 4 + 8 * i)
        (kind,) = struct.unpack_from(">H", cmap, place)
        is_unicode = platform == 0 or (platform == 3 and encoding in (1, 10))
        if is_unicode and kind in (4, 12) and kind > best:
            best, table = kind, cmap[place:]
    return table


def _has(table: bytes, code: int) -> bool:
    """Return whether a table leads from a character to a glyph that is not the box."""
    if table[:2] == b"\0\x0c":
        return _has_of_groups(table, code)
    if table[:2] == b"\0\x04" and code < 0xFFFF:
        return _has_of_segments(table, code)
    return False


def _has_of_groups(table: bytes, code: int) -> bool:
    """Search format 12, whose groups are in order."""
    (high,) = struct.unpack_from(">I", table, 12)
    low = 0
    while low < high:
        middle = (low + high) // 2
        first, last, glyph = struct.unpack_from(">III", table, 16 + 12 * middle)
        if code < first:
            high = middle
        elif code > last:
            low = middle + 1
        else:
            return bool(glyph + code - first)
    return False


def _has_of_segments(table: bytes, code: int) -> bool:
    """Search format 4."""
    (twice,) = struct.unpack_from(">H", table, 6)
    ends = struct.unpack_from(f">{twice // 2}H", table, 14)
    index = next((i for i, end in enumerate(ends) if code <= end), None)
    if index is None:
        return False
    row = 16 + twice + 2 * index  # of starts; deltas and offsets follow
    first, delta, offset = (
        struct.unpack_from(">H", table, row + n * twice)[0] for n in range(3)
    )
    if code < first:
        return False
    if offset == 0:
        return bool((code + delta) & 0xFFFF)
    place = row + 2 * twice + offset + 2 * (code - first)
    (glyph,) = struct.unpack_from(">H", table, place)
    return bool(glyph)
