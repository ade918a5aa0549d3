"""Open a picture's file for reading, or say in one sentence why not."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from vitviewer.errors import ImageError
from vitviewer.system import files
from vitviewer.text import quoted

if TYPE_CHECKING:
    from io import BufferedReader

#: Largest file that is opened. Decoders read on from the start and leave a tail
#: alone, so this only stops what cannot be a picture of at most 120 megapixels.
MAX_FILE_BYTES = 2 * 1024**3

_KINDS = (
    (stat.S_ISDIR, "is a folder: open the pictures in it"),
    (stat.S_ISFIFO, "is a pipe, not a file: save its contents to a file first"),
    (stat.S_ISSOCK, "is a socket, not a file: choose a picture file"),
    (stat.S_ISCHR, "is a device, not a file: choose a picture file"),
    (stat.S_ISBLK, "is a device, not a file: choose a picture file"),
)


def open_file(path: str, name: str) -> BufferedReader:
    """Open a regular file for reading, never waiting for one that is not.

    Raises
    ------
    ImageError
        If the file cannot be opened, is too large, or is a folder, pipe, device or
        socket; ``name`` is what it is called in the sentence.
    """
    try:
        file = files.open_regular(path)
    except (OSError, ValueError) as error:
        raise ImageError(f"{quoted(name)} {_why_closed(path, error)}.") from error
    size = os.fstat(file.fileno()).st_size
    if size > MAX_FILE_BYTES:
        file.close()
        raise too_large(name, size, MAX_FILE_BYTES)
    return file


def too_large(name: str, size: int, limit: int) -> ImageError:
    """Return the error for a file of more bytes than are opened."""
    return ImageError(
        f"{quoted(name)} has {size / 1024**3:,.1f} GiB, more than the "
        f"{limit / 1024**3:,.2f} GiB that are opened: choose a smaller file."
    )


def _why_closed(path: str, error: OSError | ValueError) -> str:
    """Say why a file did not open, as the rest of a sentence."""
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the path"
    if isinstance(error, PermissionError):
        return "may not be read: check its permissions"
    mode = error.mode if isinstance(error, files.NotRegular) else _mode(path)
    for is_kind, words in _KINDS:
        if is_kind(mode):
            return words
    reason = getattr(error, "strerror", None) or "the name is not valid"
    return f"could not be opened ({reason}): check the path"


def _mode(path: str) -> int:
    """Return what is at a path; sockets refuse ``open`` themselves."""
    try:
        return os.stat(path).st_mode
    except (OSError, ValueError):
        return 0
