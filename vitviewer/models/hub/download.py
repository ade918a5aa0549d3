"""Download a planned model into the hub's cache, where other programs find it too.

Files arrive as blobs, named by their hashes, and are checked. Only when all are there
does the model get its names, config.json last: a half download never looks whole.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from vitviewer.errors import Cancelled
from vitviewer.models.hub.cache import HubFile, cache_folder, cached_bytes, check_room
from vitviewer.models.hub.http import HubError, answer, ended_when, worded
from vitviewer.models.hub.plan import Plan, listing
from vitviewer.text import quoted

#: Seconds without a byte after which a download is given up.
STALL_S = 10.0
#: How often a connection that broke is made again, for each file.
RETRIES = 2
#: Seconds before that.
PAUSE_S = 1.0

_LOCK_S = 0.5
_CHUNK = 1 << 20


class _BrokenOff(Exception):
    """The connection ended before the file did."""


def download(
    plan: Plan,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> Path:
    """Download a model, or what is missing of it.

    Parameters
    ----------
    plan : Plan
        What to download.
    progress : callable
        Called with the bytes that are there, which only grow, and those of the whole.
    cancelled : callable
        Asked often, from two threads; true ends the download, and what arrived is
        kept for the next one.

    Returns
    -------
    Path
        The folder that holds the model.

    Raises
    ------
    HubError
        In one sentence, why it could not be downloaded.
    Cancelled
        If ``cancelled()`` became true.
    """
    meter = _Meter(plan.total_bytes, progress, cancelled)
    meter.show(0)
    files = _planned(plan)
    try:
        for name, file in files.items():
            _complete(plan, name, file, meter)
            meter.done += file.size
            meter.show(0)
        return _name_all(plan, files)
    except OSError as error:
        raise _disk_error(error) from error


class _Meter:
    """Reports the progress, and raises `Cancelled` when it is to end."""

    def __init__(
        self,
        total: int,
        progress: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.done = 0
        self.cancelled = cancelled
        self._total = total
        self._progress = progress
        self._shown = 0

    def check(self) -> None:
        if self.cancelled():
            raise Cancelled

    def show(self, begun: int) -> None:
        """Report what is done, with ``begun`` bytes of the current file."""
        self.check()
        # A file that has to be begun again takes nothing back.
        self._shown = max(self._shown, min(self.done + begun, self._total))
        self._progress(self._shown, self._total)


def _planned(plan: Plan) -> dict[str, HubFile]:
    """Look up the hashes of the files in the plan's order; refuse a full disk."""
    _, files = listing(plan.repo, plan.revision)
    if any(name not in files or files[name].size != n for name, n in plan.files):
        raise HubError(
            f"The hub lists other files for {quoted(plan.repo)} than before: start "
            "the download again."
        )
    planned = {name: files[name] for name, _ in plan.files}
    have = (cached_bytes(plan.repo, plan.revision, *item) for item in planned.items())
    check_room(plan.total_bytes - sum(have))
    return planned


def _complete(plan: Plan, name: str, file: HubFile, meter: _Meter) -> None:
    """Bring one file into the cache, unless it is there."""
    folder = cache_folder(plan.repo)
    blob = folder / "blobs" / file.etag
    if any(_is_whole(path, file) for path in (_pointer(plan, name), blob)):
        return
    blob.parent.mkdir(parents=True, exist_ok=True)
    with _locked(folder, file):
        part = blob.with_name(f"{file.etag}.incomplete")
        url = f"{plan.repo}/resolve/{plan.revision}/{name}"
        _persist(lambda: _receive(url, plan.repo, part, file.size, meter), name, meter)
        _verify(part, name, file, meter)
        os.replace(part, blob)


def _persist(receive: Callable[[], None], name: str, meter: _Meter) -> None:
    """Receive a file, going on where it broke off."""
    for left in reversed(range(RETRIES + 1)):
        try:
            return receive()
        except _BrokenOff as error:
            meter.check()
            if not left:
                raise HubError(
                    f"The connection broke off while {quoted(name)} came in: try "
                    "again, what has arrived is kept."
                ) from error
            threading.Event().wait(PAUSE_S)
            meter.check()


def _receive(url: str, repo: str, part: Path, size: int, meter: _Meter) -> None:
    """Append what is missing to a file that may have been begun."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    with part.open("ab") as out:
        begun = out.tell()
        if begun > size:
            begun = _emptied(out)
        if begun == size:
            return
        headers = {"Range": f"bytes={begun}-"} if begun else {}
        try:
            with answer(url, repo, timeout=STALL_S, headers=headers) as response:
                if begun and response.status_code != 206:  # all of it, or a refusal
                    _emptied(out)
                _copy(response, out, size, meter)
        except (HTTPError, ConnectionError, TimeoutError) as error:
            raise _failed(error, meter) from error
        if out.tell() != size:
            raise _BrokenOff


def _copy(response: Any, out: IO[bytes], size: int, meter: _Meter) -> None:
    if response.status_code == 416:
        raise _BrokenOff
    with ended_when(meter.cancelled, response):
        for chunk in response.iter_bytes():
            out.write(chunk)
            if out.tell() > size:
                _emptied(out)
                raise HubError("The hub sent more than the file has: try again later.")
            meter.show(out.tell())


def _emptied(file: IO[bytes]) -> int:
    file.truncate(0)
    return file.seek(0)


def _failed(error: Exception, meter: _Meter) -> Exception:
    """Distinguish a cancel, a broken connection, and what no second try mends."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    kind = type(error).__name__
    if meter.cancelled():
        return Cancelled()
    if isinstance(error, OfflineModeIsEnabled) or kind.startswith("Connect"):
        return worded(error)
    if "Timeout" in kind:
        return HubError(
            f"Nothing has come from the hub for {STALL_S:g} s: try again, what has "
            "arrived is kept."
        )
    return _BrokenOff()


@contextmanager
def _locked(folder: Path, file: HubFile) -> Iterator[None]:
    """Keep other programs that use the hub's cache from the same file."""
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]

    lock = folder.parent / ".locks" / folder.name / f"{file.etag}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(WeakFileLock(lock, timeout=_LOCK_S))
        except TimeoutError as error:
            raise HubError(
                "Another program is downloading this model: wait for it to end."
            ) from error
        yield


def _verify(part: Path, name: str, file: HubFile, meter: _Meter) -> None:
    """Check a file's hash: sha256, or for small files git's own sha1."""
    digest = hashlib.sha256()
    if len(file.etag) == 40:
        digest = hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with part.open("rb") as data:
        while chunk := data.read(_CHUNK):
            meter.check()
            digest.update(chunk)
    if digest.hexdigest() != file.etag:
        part.unlink()
        raise HubError(f"{quoted(name)} arrived damaged: try again.")


def _pointer(plan: Plan, name: str) -> Path:
    return cache_folder(plan.repo) / "snapshots" / plan.revision / name


def _name_all(plan: Plan, files: dict[str, HubFile]) -> Path:
    """Give the blobs their names, and the commit its own, which makes it a model."""
    folder = cache_folder(plan.repo)
    for name, file in files.items():
        _name(folder / "blobs" / file.etag, _pointer(plan, name), file)
    if plan.branch:
        ref = folder / "refs" / plan.branch
        ref.parent.mkdir(parents=True, exist_ok=True)
        part = folder / "refs" / f".{secrets.token_hex(6)}"
        part.write_text(plan.revision, encoding="utf-8")
        os.replace(part, ref)
    return folder / "snapshots" / plan.revision


def _is_whole(path: Path, file: HubFile) -> bool:
    return path.is_file() and path.stat().st_size == file.size


def _name(blob: Path, pointer: Path, file: HubFile) -> None:
    if _is_whole(pointer, file):
        return
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.unlink(missing_ok=True)
    try:
        pointer.symlink_to(Path(os.path.relpath(blob, pointer.parent)))
    except OSError:  # not every file system, nor every user, has links
        shutil.copyfile(blob, pointer)


def _disk_error(error: OSError) -> HubError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return HubError("The disk is full: free some space, then download again.")
    where = quoted(str(error.filename or "the hub's cache"))
    return HubError(
        f"{where} could not be written ({error.strerror or 'unknown reason'}): check "
        "the folder's permissions."
    )
