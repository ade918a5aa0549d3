"""A BigTIFF in big-endian order as the classic TIFF that Pillow takes it for.

No file that is opened is as long as 4 GiB: all of its places fit into 32 bits.
"""

from __future__ import annotations

import io
import struct
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from vitviewer.pictures.tiff_directory import Directory, Entry

_MOST = 2**32 - 1
_LONG, _SLONG, _IFD = 4, 9, 13
#: Kinds of 8 bytes that classic TIFF lacks: their codes there, and in `struct`.
_NARROWED = {16: (_LONG, "Q", "I"), 17: (_SLONG, "q", "i"), 18: (_IFD, "Q", "I")}


def needs_classic(directory: Directory) -> bool:
    """Return whether a file is one that Pillow misreads for its header."""
    return directory.is_big and directory.order == ">"


class ClassicTiff:
    """A file with another header, and its first page's tags once more at its end.

    Parameters
    ----------
    file : binary file
    directory : Directory
        Its first page.
    """

    def __init__(self, file: IO[bytes], directory: Directory) -> None:
        self._file = file
        self._length = file.seek(0, io.SEEK_END)
        begin = self._length + self._length % 2
        self._tail = bytes(begin - self._length) + _classic(directory, begin)
        self._head = b"MM\0*" + struct.pack(">I", min(begin, _MOST))
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Read on; to the end without a size."""
        end = self._length + len(self._tail)
        stop = end if size < 0 else min(self._at + size, end)
        head = self._head[self._at : stop]
        start = self._at + len(head)
        self._file.seek(min(start, self._length))
        middle = self._file.read(max(0, min(stop, self._length) - start))
        start += len(middle)
        tail = b""
        if start >= self._length:
            tail = self._tail[start - self._length : max(0, stop - self._length)]
        self._at = max(self._at, start + len(tail))
        return head + middle + tail

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        end = self._length + len(self._tail)
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: end}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """Return where the next read begins."""
        return self._at


def _classic(directory: Directory, begin: int) -> bytes:
    """Return the tags as classic TIFF has them, for this place, as the only page."""
    entries, values = b"", b""
    place = begin + 2 + 12 * len(directory.entries) + 4
    for tag, entry in sorted(directory.entries.items()):
        kind, count, field, more = _narrowed(directory, tag, entry)
        if more:
            field = struct.pack(">I", min(place + len(values), _MOST))
            values += more + bytes(len(more) % 2)
        entries += struct.pack(">HHI4s", tag, kind, count, field)
    n_tags = struct.pack(">H", len(directory.entries))
    return n_tags + entries + bytes(4) + values


def _narrowed(
    directory: Directory, tag: int, entry: Entry
) -> tuple[int, int, bytes, bytes]:
    """Return kind, count and field of a tag, and values that do not fit into it."""
    kind, count, field = entry.kind, entry.count, entry.field
    if kind in _NARROWED:
        kind, wide, narrow = _NARROWED[kind]
        numbers = struct.iter_unpack(">" + wide, directory.values(tag))
        data = b"".join(struct.pack(">" + narrow, n) for (n,) in numbers)
    elif entry.n_bytes > len(field):  # stays where it is
        (place,) = struct.unpack(">Q", field)
        return kind, count, struct.pack(">I", min(place, _MOST)), b""
    else:
        data = field[: entry.n_bytes]
    return (
        (kind, count, b"", data)
        if len(data) > 4
        else (
            kind,
            count,
            data.ljust(4, b"\0"),
            b"",
        )
    )
