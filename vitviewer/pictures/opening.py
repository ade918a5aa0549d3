"""Open pictures from files, folders, addresses and bytes: untrusted, all of them.

Every failure is an `ImageError`, one sentence. All functions may run in any thread.
Pillow is imported with the first picture, not with the window that waits for one.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from urllib.request import url2pathname

from vitviewer.errors import ImageError
from vitviewer.pictures import places
from vitviewer.pictures.bounded_reads import CancellableReads
from vitviewer.pictures.files import open_file
from vitviewer.queries import Background
from vitviewer.system.files import expanded
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from vitviewer.jobs import Job
    from vitviewer.pictures.picture import Picture

_WEB = re.compile(r"https?://", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://|data:", re.IGNORECASE)


@dataclass(frozen=True)
class Opened:
    """What came of opening some sources; ``picture`` is None if the first failed.

    An ``address`` is where the first is still to be fetched from: by `fetch_address`,
    elsewhere, so that nothing that is on this machine waits for the network.
    """

    sources: list[str]
    picture: Picture | None
    error: str
    address: str = ""


def open_first(sources: list[str], background: Background = Background.WHITE) -> Opened:
    """Expand folders and open the first picture, over a background."""
    from vitviewer.pictures.folders import picture_paths

    found: list[str] = []
    for source in sources:
        folder = folder_of(source)
        if folder:
            found += picture_paths(folder)
        else:
            found.append(source)
    if not found:
        name = Path(sources[0]).name
        words = "holds neither pictures nor a model: choose another folder."
        return Opened([], None, f"The folder {name!r} {words}")
    return replace(open_one(found[0], background), sources=found)


def open_one(source: str, background: Background = Background.WHITE) -> Opened:
    """Open one picture; the sources stay as they are."""
    if is_on_the_web(source):
        return Opened([], None, "", source)
    try:
        return over_background(open_image(source), background)
    except ImageError as error:
        return Opened([], None, str(error))


def fetch_address(url: str, job: Job) -> bytes:
    """Fetch what stands behind an address, which may take its time.

    Raises
    ------
    ImageError
        If it cannot be had.
    Cancelled
        If the job was cancelled.
    """
    from vitviewer.pictures.fetch import fetch

    def tell(done: int, total: int) -> None:
        job.report(done, max(done, total))

    return fetch(url, cancel=lambda: job.is_cancelled, tell=tell)


def open_fetched(
    url: str, data: bytes, background: Background = Background.WHITE
) -> Opened:
    """Open what was fetched from an address; the sources stay as they are."""
    try:
        return over_background(decode_image(data, name_of(url), url), background)
    except ImageError as error:
        return Opened([], None, str(error))


def decode_bytes(
    data: bytes, name: str, background: Background = Background.WHITE
) -> Opened:
    """Decode the bytes of a picture file, say from the clipboard."""
    try:
        return over_background(decode_image(data, name, name), background)
    except ImageError as error:
        return Opened([], None, str(error))


def over_background(picture: Picture, background: Background) -> Opened:
    """Put a picture over a background, and ready it for the screen."""
    picture = picture.over(background)
    _ = picture.grey, picture.smaller  # made here, not in the thread that paints
    return Opened([], picture, "")


def open_image(
    source: str | PathLike[str],
    cancel: Callable[[], bool] | None = None,
    at_least: tuple[int, int] | None = None,
) -> Picture:
    """Open a picture from a path or from a file, http, https or data URL.

    Parameters
    ----------
    source : str or path
        What to open; ``~`` is the home folder.
    cancel : callable, optional
        Asked now and then while the picture is fetched or read; true ends that.
    at_least : (width, height), optional
        Where so many pixels will do; see `vitviewer.pictures.decoding.decode`.

    Raises
    ------
    ImageError
        If there is no such picture or it cannot be shown.
    Cancelled
        If ``cancel`` answered true.
    """
    if isinstance(source, str) and is_url(source):
        return _open_url(source, cancel)
    path = local_path(source)
    name = called(path)
    with open_file(path, name) as file:
        reads = file if cancel is None else CancellableReads(file, cancel)
        return _decode(cast("IO[bytes]", reads), name, path, at_least)


def decode_image(data: bytes, name: str, source: str) -> Picture:
    """Decode the bytes of a picture file, say from the clipboard.

    Raises
    ------
    ImageError
        If the bytes are not a picture that can be shown.
    """
    return _decode(io.BytesIO(data), name, source)


def called(source: str) -> str:
    """Return what a source is called, by itself: the end of its path.

    Parameters
    ----------
    source : str
        A path, or a URL that is no file's.
    """
    if source[:5].lower() == "data:":
        return "picture from a data URL"
    if is_url(source):
        return name_of(source)
    return os.path.basename(source.rstrip("/\\")) or source


def is_on_the_web(source: str) -> bool:
    """Return whether a source has to be fetched from another computer."""
    return bool(_WEB.match(source))


def is_url(source: str) -> bool:
    """Return whether a source is a URL that would have to be fetched, not a file."""
    if source.lower().startswith("file:"):
        return False
    return bool(_SCHEME.match(source) or places.reason(source))


def local_path(source: str | PathLike[str]) -> str:
    """Return the path that a path or file URL names, with ``~`` expanded.

    Raises
    ------
    ImageError
        If a file URL names another computer.
    """
    if isinstance(source, str) and source.lower().startswith("file://"):
        return _file_url_path(source)
    try:
        return expanded(os.fspath(source))
    except ValueError as error:  # the home of a user whose name holds a null
        raise ImageError(
            f"{quoted(os.fspath(source))} is not a path: choose the file itself."
        ) from error


def lasting(source: str) -> str:
    """Return a source such that it means the same in any working folder.

    Files by their whole path, in which ``..`` is left alone: what it leads to depends
    on links. Addresses, and what names no file here, stay as they are.
    """
    if not source or is_url(source):
        return source
    try:
        return str(Path(local_path(source)).absolute())
    except (ImageError, OSError):  # the working folder may be gone
        return source


def folder_of(source: str) -> str:
    """Return the path of a source that is a folder on this machine, else nothing."""
    try:
        path = "" if is_url(source) else local_path(source)
        return path if os.path.isdir(path) else ""
    except (ImageError, ValueError):
        return ""


def _file_url_path(url: str) -> str:
    """Return the path in a file URL."""
    try:
        parts = urlsplit(url)
        raw = os.fsencode(parts.path)
    except ValueError as error:  # half of an IPv6 address, half a character
        raise ImageError(
            f"{quoted(url)} is not the address of a file: choose the file itself."
        ) from error
    if parts.netloc not in ("", "localhost"):
        raise ImageError(
            f"{quoted(url)} names another computer: copy the file here first."
        )
    if os.name == "posix":  # a name may hold bytes that are not UTF-8
        return os.fsdecode(unquote_to_bytes(raw))
    return url2pathname(parts.path)


def _open_url(url: str, cancel: Callable[[], bool] | None) -> Picture:
    """Fetch and decode a URL."""
    from vitviewer.pictures.fetch import fetch

    data = fetch(url, cancel=cancel)
    where = url[: url.find(",")] if url[:5].lower() == "data:" else url
    return decode_image(data, called(url), where)


def name_of(url: str) -> str:
    """Return what a picture behind an address is called: the end of its path."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:  # half of an IPv6 address
        return url
    return path.rstrip("/").rpartition("/")[2] or url


def _decode(
    file: IO[bytes],
    name: str,
    source: str,
    at_least: tuple[int, int] | None = None,
) -> Picture:
    """Decode an open file; Pillow is imported here."""
    from vitviewer.pictures.decoding import decode
    from vitviewer.pictures.picture import from_upright

    return from_upright(decode(file, name, at_least), name, source)
