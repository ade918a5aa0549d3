"""How values of more than 8 bits become 8 bits: one rule, said in a note.

Nothing is clipped in silence: either the whole range of a known depth is mapped to
0 to 255, or the picture's own smallest and largest value are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DEPTHS = (8, 12, 16)


@dataclass
class Extent:
    """Smallest and largest finite value seen so far, and what else was there."""

    lo: float = float("inf")
    hi: float = float("-inf")
    not_finite: int = 0
    is_float: bool = False

    def add(self, values: NDArray[np.generic]) -> None:
        """Take in more values: numbers of any type, an array of any shape."""
        if np.issubdtype(values.dtype, np.floating):
            self.is_float = True
            finite = np.isfinite(values)
            self.not_finite += values.size - int(finite.sum())
            values = values[finite]
        if values.size:
            self.lo = min(self.lo, float(values.min()))
            self.hi = max(self.hi, float(values.max()))


@dataclass(frozen=True)
class Scaling:
    """A linear map from [lo, hi] to [0, 255], rounded; what is not finite is black."""

    lo: float
    hi: float
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, extent: Extent, what: str) -> Scaling:
        """Choose the range for values of this extent.

        Whole numbers get the smallest of 8, 12 and 16 bits that holds them all, so
        that 12-bit data in a 16-bit file is not near black. Floats within 0 to 1 stay
        as they are. All others run from their smallest to their largest value.
        """
        notes = []
        if extent.not_finite:
            notes.append(f"{extent.not_finite} values that are no numbers shown black")
        if extent.lo > extent.hi:
            return cls(0.0, 1.0, tuple(notes))
        depth = None if extent.is_float else _depth(extent)
        if depth is not None:
            lo, hi = 0.0, 2.0**depth - 1
            notes.append(f"{what} scaled from {depth} bits (0 to {hi:.0f}) to 8")
        elif extent.is_float and extent.lo >= 0.0 and extent.hi <= 1.0:
            lo, hi = 0.0, 1.0
            notes.append(f"floating-point {what} scaled from 0 to 1")
        else:
            lo, hi = extent.lo, extent.hi
            notes.append(f"{what} scaled from its own range, {lo:g} to {hi:g}")
        return cls(lo, hi, tuple(notes))

    @property
    def is_known(self) -> bool:
        """Whether the range is that of a number of bits, or 0 to 1."""
        return self.lo == 0 and self.hi in (1.0, *(2.0**depth - 1 for depth in _DEPTHS))

    def apply(self, values: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Map values, numbers of any type, to uint8 of the same shape."""
        numbers = values.astype(np.float64)
        finite = np.isfinite(numbers)
        # Halves: the span of doubles may be larger than the largest of them.
        span = self.hi / 2 - self.lo / 2 or 1.0
        numbers = np.where(finite, (numbers / 2 - self.lo / 2) / span, 0.0)
        numbers = np.clip(numbers, 0.0, 1.0, out=numbers)  # what stands for no data
        return np.rint(numbers * 255.0).astype(np.uint8)


def _depth(extent: Extent) -> int | None:
    """Return the smallest usual depth that holds all values, or None if none does."""
    fitting = (d for d in _DEPTHS if extent.lo >= 0 and extent.hi < 2**d)
    return next(fitting, None)
