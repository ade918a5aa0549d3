"""A request that somebody cancels in the middle."""

from __future__ import annotations

from vitviewer.jobs import Job


class CancelledAfter(Job):
    """A job that passes some checks, and is cancelled before the next one."""

    def __init__(self, n_checks: int) -> None:
        super().__init__()
        self._left = n_checks

    def check(self) -> None:
        """Raise `Cancelled` once the checks are used up."""
        if self._left == 0:
            self.cancel()
        self._left -= 1
        super().check()
