"""A file that may be read only so often and so far: decoders take what they are given.

Pillow looks for a JPEG's or GIF's next marker byte by byte, takes whole chunks and tags
into memory however long they are, and follows a JPEG through any number of scans. A
file of a few hundred bytes, or one with a long hole in it, would keep it for minutes.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import IO, Any

from vitviewer.errors import Cancelled

_SCAN = b"\xff\xda"  # starts a scan of a JPEG; within one it cannot stand
_BREATH_S, _EVERY_S, _READS_BETWEEN = 1e-4, 10e-3, 64


class BoundedReads:
    """A file whose reads are counted.

    Parameters
    ----------
    file : binary file
        What is read.
    reads, n_bytes : int
        So many calls of ``read`` and so many bytes succeed, then OSError is raised.
    end : int, optional
        Where reading all ends; what lies behind may be long and is left alone.
    """

    def __init__(
        self, file: IO[bytes], reads: int, n_bytes: int, end: int | None = None
    ) -> None:
        self._file = file
        self._end = end
        self._breathed = time.monotonic()
        self.allow(reads, n_bytes)

    def allow(self, reads: int, n_bytes: int, scans: int | None = None) -> None:
        """Begin to count anew, the scans of a JPEG too."""
        self._reads_left = reads
        self._bytes_left = n_bytes
        self._scans_left = scans
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        """Read as the file does, while there are reads and bytes left."""
        self._reads_left -= 1
        if self._reads_left < 0:
            raise OSError("too many reads")
        if not self._reads_left % _READS_BETWEEN:
            self._breathe()
        if size < 0:
            size = self._bytes_left + 1
            if self._end is not None:
                size = min(size, max(0, self._end - self._file.tell()))
        data = self._file.read(size)
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise OSError("too many bytes")
        if self._scans_left is not None:
            self._count_scans(data)
        return data

    def _breathe(self) -> None:
        """Let other threads run now and then.

        Python makes a thread give way that has held its lock for 5 ms. Each time that a
        buffer is filled the lock is let go and taken back at once, which begins the
        5 ms anew: a decoder that reads byte by byte stopped the window for as long as
        it took, 0.99 s of 1.0 s in a BMP of short runs; with this, 0.02 s.
        """
        now = time.monotonic()
        if now - self._breathed > _EVERY_S:
            time.sleep(_BREATH_S)
            self._breathed = time.monotonic()

    def fileno(self) -> int:
        """Raise OSError: there is no file below that a library could map into memory.

        One that is cut short while it is mapped ends the program (SIGBUS).
        """
        raise io.UnsupportedOperation("fileno")

    def _count_scans(self, data: bytes) -> None:
        """Count the scans that begin in a piece, or between it and the last one."""
        between = self._last == _SCAN[:1] and data.startswith(_SCAN[1:])
        self._last = data[-1:]
        assert self._scans_left is not None
        self._scans_left -= data.count(_SCAN) + between
        if self._scans_left < 0:
            raise OSError("too many scans")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class CancellableReads:
    """A file that is asked at each read whether it is still wanted.

    Parameters
    ----------
    file : binary file
        What is read.
    cancel : callable
        Once it answers true, reads raise `Cancelled`.
    """

    def __init__(self, file: IO[bytes], cancel: Callable[[], bool]) -> None:
        self._file = file
        self._cancel = cancel

    def read(self, size: int = -1) -> bytes:
        """Read as the file does, unless it is wanted no more."""
        if self._cancel():
            raise Cancelled
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
