"""Which token is which: prefix tokens by name, then the patches row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.errors import OutsideGridError

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASS_TOKEN = "class"
DISTILLATION_TOKEN = "distillation"


@dataclass(frozen=True, slots=True)
class TokenLayout:
    """The order of an encoder's tokens: prefix tokens, patches (row-major), suffix.

    Parameters
    ----------
    prefix : tuple of str
        Names of the tokens before the patches, such as ``("class", "register 1")``.
    rows, cols : int
        The patch grid.
    suffix : tuple of str
        Names of the tokens after the patches (YOLOS' detection tokens).
    """

    prefix: tuple[str, ...]
    rows: int
    cols: int
    suffix: tuple[str, ...] = ()

    @property
    def n_patches(self) -> int:
        """Number of patch tokens."""
        return self.rows * self.cols

    @property
    def n_tokens(self) -> int:
        """Number of all tokens."""
        return len(self.prefix) + self.n_patches + len(self.suffix)

    @property
    def patches(self) -> slice:
        """Where the patch tokens stand among all tokens."""
        return slice(len(self.prefix), len(self.prefix) + self.n_patches)

    @property
    def special(self) -> tuple[str, ...]:
        """Names of all tokens that are not patches, in token order."""
        return self.prefix + self.suffix

    @property
    def class_index(self) -> int | None:
        """Index of the class token, or None where the model has none."""
        return self.prefix.index(CLASS_TOKEN) if CLASS_TOKEN in self.prefix else None

    def patch_index(self, row: int, col: int) -> int:
        """Index among all tokens of the patch at ``row``, ``col`` (counted from 0).

        Raises
        ------
        OutsideGridError
            If the patch lies outside the grid.
        """
        if not (0 <= row < self.rows and 0 <= col < self.cols):
            raise OutsideGridError(
                f"Patch ({row}, {col}) is outside the grid of "
                f"{self.rows} × {self.cols}: choose another one."
            )
        return len(self.prefix) + row * self.cols + col

    def special_index(self, number: int) -> int:
        """Index among all tokens of a special token, counted from 0 in `special`.

        Raises
        ------
        IndexError
            If there is no such token.
        """
        if not 0 <= number < len(self.special):
            raise IndexError(f"There is no special token {number}.")
        after = number >= len(self.prefix)
        return number + self.n_patches if after else number

    def grid(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the patches out of values over tokens, (..., N) -> (..., rows, cols)."""
        patches = values[..., self.patches]
        return patches.reshape(*patches.shape[:-1], self.rows, self.cols)

    def special_values(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take all but the patches out of values over tokens, (..., N) -> (..., S)."""
        before = values[..., : len(self.prefix)]
        after = values[..., len(self.prefix) + self.n_patches :]
        return np.concatenate([before, after], axis=-1)
