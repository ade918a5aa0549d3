"""Which file each picture's export goes to; no two to the same one."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from vitviewer.errors import ImageError
from vitviewer.export.png import is_own_png
from vitviewer.pictures.opening import is_url, local_path
from vitviewer.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST_URL_STEM = 80
_LONGEST_STEM = 200  # bytes; file systems allow 255, with suffix and number


def name_files(
    sources: list[str], folder: Path, suffix: str, part: str = ""
) -> Iterator[tuple[str, Path, str]]:
    """Give each source a file ``folder/<stem><part>.<suffix>``.

    A later picture of the same stem gets a number, and so does one that would replace
    a source picture.

    Yields
    ------
    source : str
    file : Path
    note : str
        What to tell the user, empty where the stem alone did.
    """
    ending = f"{part}.{suffix}"
    for source, stem in distinct_stems(sources, folder, (ending,)):
        file, wanted = folder / f"{stem}{ending}", folder / f"{stem_of(source)}{ending}"
        note = ""
        if file != wanted:
            itself = _key(wanted) == _key(_file_of(source) or os.devnull)
            whose = "the picture itself" if itself else "another picture"
            note = (
                f"{plain(source)} goes to {plain(file.name)}: "
                f"{plain(wanted.name)} is taken by {whose}."
            )
        yield source, file, note


def distinct_stems(
    sources: list[str],
    folder: Path,
    endings: tuple[str, ...],
    stem: Callable[[str], str] | None = None,
) -> Iterator[tuple[str, str]]:
    """Give each source a stem, so that no two get the same ``folder/<stem><ending>``.

    A later source of the same stem gets a number, and so does one that would replace a
    source.

    Parameters
    ----------
    sources : list of str
    folder : Path
    endings : tuple of str
        Of the files that each source is to have there.
    stem : callable, optional
        Returns the stem that a source has without a number; `stem_of` by default.

    Yields
    ------
    source, stem : str
    """
    taken = {_key(path) for s in sources if (path := _file_of(s))}
    for source in sources:
        chosen = first = (stem or stem_of)(source)
        number = 1
        while taken & (keys := {_key(folder / f"{chosen}{end}") for end in endings}):
            number += 1
            chosen = f"{first}-{number}"
        taken |= keys
        yield source, chosen


def without_exports(sources: list[str], folder: Path) -> tuple[list[str], list[str]]:
    """Part sources from what an earlier export wrote to the folder.

    ``export *.png`` in one folder is to do the same the second time. Where nothing else
    is named, that is meant.

    Returns
    -------
    tuple of list of str
        The sources to export, and those that are left out.
    """
    here = _key(folder)
    left = [
        source
        for source in sources
        if (path := _file_of(source))
        and _key(os.path.dirname(path) or ".") == here
        and is_own_png(path)
    ]
    if len(left) == len(sources):
        return sources, []
    return [source for source in sources if source not in set(left)], left


def stem_of(source: str) -> str:
    """Return the file name of a source without its suffix, fit for a file name."""
    path = _file_of(source)
    if path:
        return _bounded(Path(path).stem) or "picture"
    if source.lower().startswith("data:"):
        return "picture"
    try:
        stem = Path(unquote(urlsplit(source).path)).stem
    except ValueError:  # half of an IPv6 address
        return "picture"
    return re.sub(r"[^\w.-]+", "_", stem)[:_LONGEST_URL_STEM].strip("._") or "picture"


def _file_of(source: str) -> str:
    """Return the path of a source that is a file, else an empty string."""
    try:
        path = "" if is_url(source) else local_path(source)
    except ImageError:
        return ""
    return "" if "\0" in path else path


def _bounded(stem: str) -> str:
    """Cut a stem to what a file name can hold."""
    while len(os.fsencode(stem)) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem


def _key(path: str | Path) -> str:
    """Return what is equal for two names of one file, also where case is ignored."""
    return os.path.realpath(path).casefold()
