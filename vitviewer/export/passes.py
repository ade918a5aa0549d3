"""How far an export is: rows are counted as they pass, in one pass or in several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

Tell = Callable[[int, int], object]
"""Gets how many steps are done, of how many; what it raises ends the work."""

_STEPS = 1000
_Band = TypeVar("_Band")


def tell_nobody(_done: int, _total: int) -> None:
    """Tell nobody."""


class Passes:
    """Tell of passes over rows as one work, each pass an equal share of it.

    Parameters
    ----------
    tell : callable
        Is told after each band.
    count : int
        How many passes there will be.
    """

    def __init__(self, tell: Tell, count: int = 1) -> None:
        self._tell = tell
        self._total = _STEPS * count
        self._begun = 0

    def over(
        self,
        bands: Iterable[_Band],
        height: int,
        rows_of: Callable[[_Band], Any] = lambda band: band,
    ) -> Iterator[_Band]:
        """Hand bands on, and tell of each when the next is asked for."""
        before, rows = _STEPS * self._begun, 0
        self._begun += 1
        self._tell(before, self._total)
        for band in bands:
            yield band
            rows += len(rows_of(band))
            self._tell(before + _STEPS * min(rows, height) // height, self._total)
