"""The tags of a TIFF's pages, read without Pillow: of classic TIFF and BigTIFF.

Pillow takes every value into memory, knows no BigTIFF in big-endian order, and refuses
a page before one can ask what it is.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_TAGS = 4096
#: Bytes of one value, by the number of its kind.
SIZES = {
    **{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8},
    **{13: 4, 16: 8, 17: 8, 18: 8},
}
_NUMBERS = {1: "u1", 3: "u2", 4: "u4", 6: "i1", 8: "i2", 9: "i4", 13: "u4"}
_NUMBERS |= {16: "u8", 17: "i8", 18: "u8"}
_SUBFILE_KIND = 254
_REDUCED_OR_MASK = 1 | 4


@dataclass(frozen=True)
class Entry:
    """One tag: how its values are stored, and the value itself or where it stands."""

    kind: int
    count: int
    field: bytes

    @property
    def n_bytes(self) -> int:
        """How long its values are."""
        return SIZES.get(self.kind, 0) * self.count

    @property
    def is_apart(self) -> bool:
        """Whether they stand elsewhere in the file."""
        return self.n_bytes > len(self.field)


@dataclass(frozen=True)
class Directory:
    """The tags of one page.

    Parameters
    ----------
    file : binary file
        Where longer values are read from when they are asked for.
    order : str
        "<" or ">", as `struct` has it.
    is_big : bool
        Whether it is BigTIFF.
    n_tags : int
        How many there are by their own account; at most `MOST_TAGS` are read.
    entries : dict
        By the number of the tag.
    following : int
        Where the next page's tags are; 0 if there is none.
    at : int
        Where its own are.
    """

    file: IO[bytes]
    order: str
    is_big: bool
    n_tags: int
    entries: dict[int, Entry]
    following: int
    at: int

    @property
    def end(self) -> int:
        """Where the tags and all of their values end."""
        own = self.at + 8 + len(self.entries) * 20 + 8
        apart = (
            self._place(e) + e.n_bytes for e in self.entries.values() if e.is_apart
        )
        return max(own, *apart, 0)

    def _place(self, entry: Entry) -> int:
        (place,) = struct.unpack(
            self.order + ("Q" if self.is_big else "I"), entry.field
        )
        return int(place)

    def values(self, tag: int) -> bytes:
        """Return the values of a tag as they are stored; empty if there are none."""
        entry = self.entries.get(tag)
        if entry is None:
            return b""
        if not entry.is_apart:
            return entry.field[: entry.n_bytes]
        self.file.seek(self._place(entry))
        return self.file.read(entry.n_bytes)

    def numbers(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return the whole numbers of a tag, or ``default`` if it has none."""
        entry = self.entries.get(tag)
        if entry is None or entry.kind not in _NUMBERS:
            return default
        data = self.values(tag)
        kind = np.dtype(self.order + _NUMBERS[entry.kind])
        whole = data[: len(data) // kind.itemsize * kind.itemsize]
        return tuple(np.frombuffer(whole, kind).tolist()) or default

    def number(self, tag: int, default: int) -> int:
        """Return the first whole number of a tag."""
        return self.numbers(tag, (default,))[0]


def first_directory(file: IO[bytes]) -> Directory | None:
    """Read the first page's tags; None if they are cut short or it is no TIFF."""
    return next(_directories(file), None)


def count_pages(file: IO[bytes]) -> int:
    """Count the pages, without reduced copies and masks of another page.

    A map's overviews stand in the same chain as its pages.
    """
    return 1 + sum(
        not page.number(_SUBFILE_KIND, 0) & _REDUCED_OR_MASK
        for n, page in enumerate(_directories(file))
        if n
    )


def _directories(file: IO[bytes]) -> Iterator[Directory]:
    """Read page after page, until one has been there already."""
    file.seek(0)
    head = file.read(16)
    if head[:2] not in (b"II", b"MM"):
        return
    order = "<" if head[:2] == b"II" else ">"
    is_big = head[2:4] in (b"+\0", b"\0+")
    seen = {0}
    try:
        (place,) = struct.unpack_from(
            order + ("Q" if is_big else "I"), head, 8 if is_big else 4
        )
        while place not in seen:
            seen.add(place)
            directory = _directory(file, place, order, is_big)
            yield directory
            place = directory.following
    except (struct.error, OverflowError, ValueError):
        return  # cut short: Pillow says so


def _directory(file: IO[bytes], place: int, order: str, is_big: bool) -> Directory:
    """Read the tags at a place of the file."""
    start, count, entry = ("Q", "Q", "HHQ8s") if is_big else ("I", "H", "HHI4s")
    file.seek(place)
    (n,) = struct.unpack(order + count, file.read(struct.calcsize(order + count)))
    size = struct.calcsize(order + entry)
    data = file.read(min(n, MOST_TAGS) * size)
    whole = data[: len(data) // size * size]
    tags = struct.iter_unpack(order + entry, whole)
    following = file.read(struct.calcsize(order + start))
    is_whole = n <= MOST_TAGS and len(following) == struct.calcsize(order + start)
    after = struct.unpack(order + start, following)[0] if is_whole else 0
    entries = {tag: Entry(kind, m, field) for tag, kind, m, field in tags}
    return Directory(file, order, is_big, n, entries, after, place)
