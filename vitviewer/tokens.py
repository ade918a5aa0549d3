"""Which token is which: those that lie on a picture, and groups of those that do not.

A pane is a grid of patches on one picture, tile or thumbnail; it says for each cell
which token stands for it. Tokens may come in any order, and one token may stand for
several cells (merged patches). What lies on no picture belongs to a named group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.errors import OutsideGridError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from vitviewer.geometry import Geometry

CLASS_TOKEN = "class"
DISTILLATION_TOKEN = "distillation"


@dataclass(frozen=True)
class TokenGroup:
    """Tokens of one kind that lie on no picture, such as the registers.

    Parameters
    ----------
    name : str
        What they are, such as "register".
    labels : tuple of str
        What each is called, such as "register 1".
    positions : tuple of int
        Where each stands among all tokens, counted from 0.
    """

    name: str
    labels: tuple[str, ...]
    positions: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.positions):
            raise ValueError("Each token of a group needs one label and one position.")


@dataclass(frozen=True, eq=False)
class Pane:
    """A grid of patches on one picture.

    Parameters
    ----------
    name : str
        What it shows, such as "picture" or "tile 2".
    index : int (rows, cols)
        The position among all tokens of each cell's token; it is copied.
    geometry : Geometry or None
        Where the cells lie on the picture, if known.

    Raises
    ------
    ValueError
        If ``index`` is no grid of positions, or of another size than the geometry's.
    """

    name: str
    index: NDArray[np.intp]
    geometry: Geometry | None = None

    def __post_init__(self) -> None:
        index = np.array(self.index, dtype=np.intp)
        index.setflags(write=False)
        if index.ndim != 2 or index.size == 0 or index.min() < 0:
            raise ValueError("A pane needs a grid of token positions.")
        on_picture = self.geometry
        if on_picture and (on_picture.rows, on_picture.cols) != index.shape:
            raise ValueError("A pane and its geometry have different grids.")
        object.__setattr__(self, "index", index)

    @property
    def rows(self) -> int:
        """Rows of cells."""
        return len(self.index)

    @property
    def cols(self) -> int:
        """Columns of cells."""
        return int(self.index.shape[1])

    def values(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lay values over tokens on the cells, (..., tokens) -> (..., rows, cols).

        It is a view of ``values`` where the tokens follow one another row by row.
        """
        if self._span is None:
            return np.take(values, self.index, axis=-1)
        return values[..., self._span].reshape(*values.shape[:-1], *self.index.shape)

    @cached_property
    def _span(self) -> slice | None:
        """Where the tokens stand if they follow one another row by row."""
        first, size = int(self.index[0, 0]), self.index.size
        consecutive = np.array_equal(self.index.ravel(), np.arange(first, first + size))
        return slice(first, first + size) if consecutive else None

    @cached_property
    def _key(self) -> tuple[object, ...]:
        return self.name, self.index.shape, self.index.tobytes(), self.geometry

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Pane) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)


@dataclass(frozen=True)
class TokenLayout:
    """All tokens of a pass: groups that lie on no picture, and panes that do.

    Parameters
    ----------
    groups : tuple of TokenGroup
    panes : tuple of Pane
        The first is the one that is meant where none is named.

    Raises
    ------
    ValueError
        If there is no pane, or if some position from 0 to the last is nobody's, a
        group's and another group's, or a group's and a pane's.
    """

    groups: tuple[TokenGroup, ...]
    panes: tuple[Pane, ...]

    def __post_init__(self) -> None:
        if not self.panes:
            raise ValueError("A token layout needs a pane.")
        positions = np.sort(np.concatenate([self.patches, self.special_positions]))
        if not np.array_equal(positions, np.arange(positions.size)):
            raise ValueError("Each token needs one place: in a group, or in panes.")

    @classmethod
    def of_grid(
        cls,
        prefix: Sequence[str],
        rows: int,
        cols: int,
        suffix: Sequence[str] = (),
        geometry: Geometry | None = None,
    ) -> TokenLayout:
        """Lay out an encoder's tokens: prefix tokens, patches row by row, suffix.

        Parameters
        ----------
        prefix : sequence of str
            Names of the tokens before the patches, such as "class", "register 1".
        rows, cols : int
            The patch grid.
        suffix : sequence of str
            Names of the tokens after the patches (YOLOS' detection tokens).
        geometry : Geometry, optional
            Where the patches lie on the picture.
        """
        start, stop = len(prefix), len(prefix) + rows * cols
        index = np.arange(start, stop).reshape(rows, cols)
        named = [*enumerate(prefix), *enumerate(suffix, stop)]
        return cls(_groups(named), (Pane("picture", index, geometry),))

    @property
    def rows(self) -> int:
        """Rows of the first pane."""
        return self.panes[0].rows

    @property
    def cols(self) -> int:
        """Columns of the first pane."""
        return self.panes[0].cols

    @cached_property
    def patches(self) -> NDArray[np.intp]:
        """Positions of all panes' tokens, each once, in token order; not to be changed.

        torch takes it as an index; of an array that is write-protected it would warn.
        """
        return np.unique(np.concatenate([p.index.ravel() for p in self.panes]))

    @property
    def n_patches(self) -> int:
        """Number of tokens that lie on a picture, in all panes."""
        return self.patches.size

    @property
    def n_tokens(self) -> int:
        """Number of all tokens."""
        return self.patches.size + self.special_positions.size

    @cached_property
    def special(self) -> tuple[str, ...]:
        """Names of all tokens that are not patches, in token order."""
        return tuple(label for _, label in self._labelled)

    @cached_property
    def special_positions(self) -> NDArray[np.intp]:
        """Positions of the special tokens, in the order of `special`."""
        return np.array([position for position, _ in self._labelled], dtype=np.intp)

    @cached_property
    def class_index(self) -> int | None:
        """Index of the class token, or None where the model has none."""
        return next((p for p, label in self._labelled if label == CLASS_TOKEN), None)

    def has_patch(self, row: int, col: int, pane: int = 0) -> bool:
        """Tell whether a pane has such a patch."""
        if not 0 <= pane < len(self.panes):
            return False
        grid = self.panes[pane]
        return 0 <= row < grid.rows and 0 <= col < grid.cols

    def patch_index(self, row: int, col: int, pane: int = 0) -> int:
        """Index among all tokens of the patch at ``row``, ``col`` (counted from 0).

        Raises
        ------
        OutsideGridError
            If the patch lies outside the pane's grid, or if there is no such pane.
        """
        grid = self._pane(pane)
        if not (0 <= row < grid.rows and 0 <= col < grid.cols):
            raise OutsideGridError(
                f"Patch ({row}, {col}) is outside the grid of "
                f"{grid.rows} × {grid.cols}: choose another one."
            )
        return int(grid.index[row, col])

    def special_index(self, number: int) -> int:
        """Index among all tokens of a special token, counted from 0 in `special`.

        Raises
        ------
        IndexError
            If there is no such token.
        """
        if not 0 <= number < len(self.special):
            raise IndexError(f"There is no special token {number}.")
        return int(self.special_positions[number])

    def grid(self, values: NDArray[np.float32], pane: int = 0) -> NDArray[np.float32]:
        """Lay values over tokens on a pane, (..., tokens) -> (..., rows, cols).

        A token that stands for several cells gives its whole value to each of them.
        """
        return self._pane(pane).values(values)

    def special_values(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take all but the patches out of values over tokens, (..., N) -> (..., S)."""
        return np.take(values, self.special_positions, axis=-1)

    def _pane(self, number: int) -> Pane:
        if not 0 <= number < len(self.panes):
            raise OutsideGridError(
                f"There is no pane {number}, only {len(self.panes)}: choose another."
            )
        return self.panes[number]

    @cached_property
    def _labelled(self) -> list[tuple[int, str]]:
        """Position and label of every token that is not a patch, in token order."""
        pairs = [zip(g.positions, g.labels, strict=True) for g in self.groups]
        return sorted(pair for group in pairs for pair in group)


def _groups(named: Iterable[tuple[int, str]]) -> tuple[TokenGroup, ...]:
    """Group (position, label) by what the labels say before their numbers."""
    kinds: dict[str, list[tuple[int, str]]] = {}
    for position, label in named:
        words, _, number = label.rpartition(" ")
        kind = words if number.isdecimal() and words else label
        kinds.setdefault(kind, []).append((position, label))
    return tuple(
        TokenGroup(kind, tuple(n for _, n in tokens), tuple(p for p, _ in tokens))
        for kind, tokens in kinds.items()
    )
