"""Printing that ends well: on a full disk, into a closed pipe, with no terminal.

The doors let standard output and error lead through streams to which writing never
fails. What can't be written is dropped, and remembered for the exit status.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from contextlib import suppress
from typing import TextIO

OUT, ERR = 1, 2


class _Descriptor(io.RawIOBase):
    """A file descriptor that takes everything; after a failure it takes it nowhere."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.error: OSError | None = None

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        """Write all of it, or drop it."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        try:
            while rest and self.error is None:
                rest = rest[self._write_some(rest) :]
        except OSError as error:
            self.error = error
        return size

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # whoever shares the pipe has set it so
            select.select([], [self._descriptor], [])
            return 0

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor itself."""
        return self._descriptor

    def isatty(self) -> bool:
        """Tell whether it leads to a terminal."""
        return os.isatty(self._descriptor)


class SteadyStream(io.TextIOWrapper):
    """Text to a file descriptor, line by line; writing and closing never fail.

    Characters that the encoding lacks are written as escapes.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._raw = _Descriptor(descriptor)
        super().__init__(
            io.BufferedWriter(self._raw),  # type: ignore[type-var]
            encoding=encoding,
            errors="backslashreplace",
            line_buffering=True,
        )

    @property
    def error(self) -> OSError | None:
        """Why something could not be written; None if all was."""
        with suppress(ValueError):  # closed
            self.flush()
        return self._raw.error


def steady_output() -> None:
    """Let ``sys.stdout`` and ``sys.stderr`` be streams that never fail.

    Those that someone has put in the place of the real ones stay. Descriptors that are
    closed are opened on nothing: the next file to be opened would get their number, and
    what libraries mutter would be written into it.
    """
    _open_closed_descriptors()
    if sys.stdout is sys.__stdout__:
        sys.stdout = _steady(sys.stdout, OUT)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _steady(sys.stderr, ERR)


def _steady(stream: TextIO | None, descriptor: int) -> SteadyStream:
    if stream is None:
        return SteadyStream(descriptor, "utf-8")
    with suppress(OSError):
        stream.flush()
    return SteadyStream(descriptor, stream.encoding)


def _open_closed_descriptors() -> None:
    for descriptor in (0, OUT, ERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def problem_of(stream: TextIO) -> str:
    """Say why a result was lost; empty if it was not.

    A reader that leaves early has seen enough, and an output that was closed from the
    start was not wanted: neither is a problem.
    """
    error = stream.error if isinstance(stream, SteadyStream) else None
    if error is None or error.errno == errno.EPIPE:
        return ""
    reason = error.strerror or "unknown reason"
    return f"Standard output could not be written ({reason}): send it elsewhere."
