"""An exception nobody caught: logged, told in a sentence, and the program goes on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger(__name__)


def report_exceptions(notice: Callable[[str], object]) -> None:
    """Send uncaught exceptions (in slots, paint events, threads) to log and notice."""

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("uncaught exception", exc_info=(kind, error, trace))
        notice(
            f"Something unexpected went wrong ({kind.__name__}). You can go on; "
            "the terminal shows the details."
        )

    sys.excepthook = report
