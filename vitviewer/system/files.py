"""Read and write files safely, whatever is found at a path.

A new file is written whole or not at all: the old one survives until the new one is
complete. A file is opened for reading without ever waiting for a FIFO.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from vitviewer.errors import ExportError
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from os import PathLike
    from pathlib import Path

_ADVICE = {
    errno.ENOSPC: "free some space or choose another folder",
    errno.EDQUOT: "free some space or choose another folder",
    errno.EFBIG: "choose another folder or a smaller format",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "the folder does not exist, choose another",
}
_HOME = re.compile(r"\A\$(?:HOME|\{HOME\})(?=/|$)")
_OTHER_ADVICE = "choose another folder or name"


def expanded(path: str) -> str:
    """Put the home folder in the place of a leading ``~``, ``~user`` or ``$HOME``.

    A shell does that too, but not within ``--out=~/maps``, and what a desktop starts
    sees no shell. ``./~`` is the file of that name.

    Raises
    ------
    ValueError
        If no user can be called that.
    """
    return os.path.expanduser(_HOME.sub("~", path))


def make_folder(folder: Path, advice: str = "choose another with --out") -> None:
    """Make the folder that files go to, and those above it.

    Raises
    ------
    ExportError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise ExportError(
            f"The folder {quoted(str(folder))} could not be made ({reason}): {advice}."
        ) from error


def write_bytes(path: str | PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    ExportError
        If it could not be written; an older file of that name is untouched.
    """
    with replacing(path) as file:
        file.write(data)


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of ``path`` when the block ends well.

    It is written beside its destination under a name of its own, synced to the disk,
    and then renamed; if anything fails, it is removed and an older file is as it was. A
    link is followed, the older file's permissions are kept.

    Raises
    ------
    ExportError
        If the file system refused; other exceptions of the block pass through.
    """
    destination = os.path.realpath(os.fspath(path))
    part = _part_name(destination)
    try:
        _check_destination(destination)
        try:
            with open(part, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _keep_mode(destination, part)
            os.replace(part, destination)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise
        _sync_folder(destination)
    except OSError as error:
        raise ExportError(_sentence(destination, error)) from error


def _part_name(destination: str) -> str:
    """Return an unused name beside the destination; short, since names have a limit."""
    folder, name = os.path.split(destination)
    return os.path.join(folder, f".{name[:40]}.{secrets.token_hex(6)}.part")


def _check_destination(destination: str) -> None:
    """Refuse to put a file in the place of a folder or a device."""
    try:
        mode = os.stat(destination).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise ExportError(
            f"{quoted(destination)} is not a regular file: choose another name."
        )


def _keep_mode(destination: str, part: str) -> None:
    with suppress(OSError):  # nothing there yet, or not ours: the default will do
        shutil.copymode(destination, part)


def _sync_folder(destination: str) -> None:
    """Bring the rename itself to the disk, where folders can be synced."""
    with suppress(OSError):
        descriptor = os.open(os.path.dirname(destination), os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sentence(destination: str, error: OSError) -> str:
    """Word a file system's refusal."""
    reason = error.strerror or "unknown reason"
    advice = _ADVICE.get(error.errno or 0, _OTHER_ADVICE)
    return f"{quoted(destination)} could not be written ({reason}): {advice}."


class NotRegular(OSError):
    """What is at a path is no regular file; ``mode`` is its ``st_mode``."""

    def __init__(self, mode: int) -> None:
        super().__init__("not a regular file")
        self.mode = mode


def open_regular(path: str | PathLike[str]) -> BufferedReader:
    """Open a regular file for reading; anything else is refused at once.

    A plain ``open`` of a FIFO waits for its other end, perhaps for ever.

    Raises
    ------
    NotRegular
        If it is a folder, FIFO or device.
    OSError, ValueError
        As ``open`` does; a socket refuses to be opened with an OSError of its own.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            raise NotRegular(mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def set_aside(path: str | PathLike[str]) -> None:
    """Rename a damaged file to ``NAME.damaged``; what cannot be renamed stays."""
    name = f"{os.fspath(path)}.damaged"
    for destination in (name, f"{name}.{secrets.token_hex(4)}"):
        with suppress(OSError):
            os.replace(path, destination)
            return
