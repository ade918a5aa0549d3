"""Which files of a folder are pictures, in the order of a person: 2 before 10."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.errors import ImageError
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

#: Suffixes of picture files, lower case: what file dialogs and folders offer.
SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".avif", ".gif"),
    *(".bmp", ".dib", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".qoi"),
)


def list_pictures(folder: str | PathLike[str]) -> list[Path]:
    """Return the picture files in a folder, in natural order (2 before 10).

    Hidden files and folders within it are left out; what is in the files is not read.

    Raises
    ------
    ImageError
        If the folder cannot be read.
    """
    return [Path(path) for path in picture_paths(folder)]


def picture_paths(folder: str | PathLike[str]) -> list[str]:
    """Return the same as plain strings, which for very many is much faster.

    Raises
    ------
    ImageError
        If the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if _is_picture_entry(e)]
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise ImageError(
            f"The folder {quoted(os.fspath(folder))} could not be listed ({reason}): "
            "check the path and its permissions."
        ) from error
    # Strings alone: sorting 100,000 lists would hold up every other thread for seconds.
    names.sort()
    names.sort(key=_natural)
    return [os.path.join(folder, name) for name in names]


def vanished(sources: Sequence[str]) -> frozenset[str]:
    """Return which files are gone from folders that are still there.

    Where a whole folder is gone, a disk may have been pulled that comes back: its files
    stay. Each folder is listed once, which for very many files is much faster.
    """
    folders: dict[str, list[str]] = {}
    for source in sources:
        if os.path.isabs(source):
            folders.setdefault(os.path.dirname(source), []).append(source)
    gone: set[str] = set()
    for folder, paths in folders.items():
        try:
            there = set(os.listdir(folder))
        except OSError:
            continue
        missing = (p for p in paths if os.path.basename(p) not in there)
        gone.update(p for p in missing if not os.path.lexists(p))
    return frozenset(gone)


def _is_picture_entry(entry: os.DirEntry[str]) -> bool:
    """Return by name whether a directory entry may be a picture file."""
    suffix = os.path.splitext(entry.name)[1].lower()
    if suffix not in SUFFIXES or entry.name.startswith("."):
        return False
    return entry.is_file()


def _natural(name: str) -> str:
    """Sort key: runs of digits by value, all else by letters regardless of case."""
    return re.sub("[0-9]+", _sortable, name.lower())


def _sortable(digits: re.Match[str]) -> str:
    """Return digits such that the longer number comes after the shorter one."""
    value = digits[0].lstrip("0")
    return f"0{chr(len(value))}{value}"
