"""What nobody foresaw: logged, told in a sentence, and the program goes on.

An exception that nobody caught, in a slot, a paint event or a thread, ends nothing.
What does end the program, a fault in native code, leaves a file that the next start
finds.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import platform
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from vitviewer.version import __version__

log = logging.getLogger(__name__)

_KEPT_DETAILS = 20
_LONGEST = 20_000
_DETAILS: OrderedDict[str, str] = OrderedDict()
_SEEN = ".seen"


# --- exceptions ---------------------------------------------------------------------


def unexpected(error: BaseException) -> str:
    """Log an exception that nobody foresaw; return the sentence that tells of it.

    `details_of` returns what a report of it should hold.
    """
    log.error("uncaught exception", exc_info=(type(error), error, error.__traceback__))
    sentence = (
        f"Something unexpected went wrong ({type(error).__name__}). You can go on; "
        "the terminal shows the details."
    )
    trace = "".join(traceback.format_exception(error))
    _DETAILS[sentence] = f"{_versions()}\n{trace[-_LONGEST:]}"
    _DETAILS.move_to_end(sentence)
    while len(_DETAILS) > _KEPT_DETAILS:
        _DETAILS.popitem(last=False)
    return sentence


def details_of(sentence: str) -> str:
    """Return what lies behind a sentence of `unexpected`; empty for all others."""
    return _DETAILS.get(sentence, "")


def report_exceptions(notice: Callable[[str], object]) -> None:
    """Send exceptions that nobody caught to the log and to ``notice``.

    ``notice`` is called in the thread that raised, perhaps in the midst of painting:
    it should only emit a signal that is connected as queued.
    """

    def tell(error: BaseException) -> None:
        sentence = unexpected(error)
        with contextlib.suppress(RuntimeError):  # the window is gone already
            notice(sentence)

    def on_exception(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        tell(error)

    def on_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            tell(args.exc_value)

    def on_unraisable(args: sys.UnraisableHookArgs) -> None:
        if args.exc_value is not None:
            tell(args.exc_value)

    sys.excepthook = on_exception
    threading.excepthook = on_thread
    sys.unraisablehook = on_unraisable


def _versions() -> str:
    # Not platform.platform(), which starts `uname -p` to learn of a processor.
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    return f"vitviewer {__version__}, Python {platform.python_version()}, {system}"


# --- faults in native code ----------------------------------------------------------


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
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "w", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            log.info("no crash file: %s", error)
            return
        faulthandler.enable(self._file)

    def end(self) -> None:
        """Take the file away: this run ended well."""
        if self._file is None:
            return
        faulthandler.disable()
        self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            os.unlink(self._path)


def _read(path: Path) -> str:
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read(_LONGEST)
