"""The file that a fault in native code leaves behind, for the next start to find."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from vitviewer.version import __version__

log = logging.getLogger(__name__)

_LONGEST = 20_000
_SEEN = ".seen"


class CrashFile:
    """The file in which this run's last words would stand, were it to crash.

    Parameters
    ----------
    folder : Path
        Where such files lie. What cannot be written there is done without.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / f"crash-{__version__}-{os.getpid()}.txt"
        self._file: IO[str] | None = None

    def take_earlier(self) -> str:
        """Return the newest report of an earlier run, once; empty if there is none."""
        reports: list[tuple[float, Path]] = []
        with contextlib.suppress(OSError):
            for path in self._folder.glob("crash-*.txt"):
                state = path.stat()
                if state.st_size:  # an empty one may be a run that goes on
                    reports.append((state.st_mtime, path))
        text = ""
        for _, path in sorted(reports):
            with contextlib.suppress(OSError):
                text = f"{path.stem}\n\n{_read(path)}"
                os.replace(path, self._folder / f"last-crash.txt{_SEEN}")
        return text

    def watch(self) -> None:
        """Let a crash write every thread's stack to the file."""
        self._clear_away()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = _open_locked(self._path)
        except OSError as error:
            log.info("no crash file: %s", error)
            return
        faulthandler.enable(self._file)

    def _clear_away(self) -> None:
        """Delete the empty files of runs that were killed and could not do so."""
        with contextlib.suppress(OSError):
            for path in self._folder.glob("crash-*.txt"):
                with contextlib.suppress(OSError), open(path, "rb") as file:
                    if _is_left(file) and not file.read(1):
                        os.unlink(path)

    def end(self) -> None:
        """Take the file away: this run ended well."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            os.unlink(self._path)


def _open_locked(path: Path) -> IO[str]:
    """Make a file and lock it for as long as it is open."""
    while True:
        file = open(path, "w", encoding="utf-8")  # noqa: SIM115
        if fcntl is None:
            return file
        with contextlib.suppress(OSError):  # some network disks have no locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
        file.close()  # another run took it for left behind before it was locked


def _is_left(file: IO[bytes]) -> bool:
    """Tell whether the run that made a file has ended; locks the file if so.

    Where there are no such locks, on Windows, an open file cannot be deleted anyway.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(path: Path) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(_LONGEST)
