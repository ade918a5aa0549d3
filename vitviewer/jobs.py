"""One request on its way: how it is cancelled, and how it tells how far it is.

Whoever submits a request makes its `Job` and passes it down. A job belongs to one
request alone, so that a cancel can neither be lost between two requests nor reach the
wrong one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from vitviewer.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    Parameters
    ----------
    done, total : int
        Steps that are done, of how many.
    seconds_left : float or None
        By the pace so far; None before the first step is done.
    """

    done: int
    total: int
    seconds_left: float | None

    def __str__(self) -> str:
        """Say it in words: "3 of 12, 4 s left"."""
        words = f"{self.done} of {self.total}"
        if self.seconds_left is None or self.done == self.total:
            return words
        return f"{words}, {self.seconds_left:.0f} s left"


class Job:
    """A request's own handle; every method may be called from any thread.

    Parameters
    ----------
    on_progress : callable, optional
        Gets a `Progress` at every `report`, in the thread that works.
    on_partial : callable, optional
        Gets each partial answer, in the thread that works.
    """

    def __init__(
        self,
        on_progress: Callable[[Progress], object] | None = None,
        on_partial: Callable[[Any], object] | None = None,
    ) -> None:
        self._cancelled = Event()
        self._on_progress = on_progress
        self._on_partial = on_partial
        self._started = monotonic()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody has cancelled the request; it stays so."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask whoever works on the request to raise `Cancelled` soon."""
        self._cancelled.set()

    def check(self) -> None:
        """Raise `Cancelled` if the request was cancelled."""
        if self.is_cancelled:
            raise Cancelled

    def report(self, done: int, total: int) -> None:
        """Tell how many steps are done, or raise `Cancelled`."""
        self.check()
        if self._on_progress is not None:
            pace = (monotonic() - self._started) / done if done else None
            left = None if pace is None else pace * (total - done)
            self._on_progress(Progress(done, total, left))

    def deliver(self, partial: Any) -> None:
        """Hand over what is known so far, or raise `Cancelled`."""
        self.check()
        if self._on_partial is not None:
            self._on_partial(partial)
