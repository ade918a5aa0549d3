"""Exceptions that nobody caught: logged, shown in a sentence, and the program goes on.

Whether they come from a slot, a paint event or a thread, they end nothing. A fault in
native code does; see `vitviewer.qt.lifecycle.crash_file`.
"""

from __future__ import annotations

import contextlib
import logging
import platform
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from types import TracebackType

from vitviewer.version import __version__

log = logging.getLogger(__name__)

GO_ON = "You can go on; the terminal shows the details."
_KEPT_DETAILS = 20
_LONGEST = 20_000
_DETAILS: OrderedDict[str, str] = OrderedDict()


def unexpected(error: BaseException) -> str:
    """Log an exception that nobody foresaw; return the sentence that tells of it.

    `details_of` returns what a report of it should hold.
    """
    log.error("uncaught exception", exc_info=(type(error), error, error.__traceback__))
    sentence = f"Something unexpected went wrong ({type(error).__name__}). {GO_ON}"
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
