"""One attention layer of a recording: what can be asked of it, and matrices as a layer.

Values are float32 whatever the model's dtype. Queries need not be as many as keys:
words may look at pictures, and the last of many words alone may look. A layer that
keeps q and k is in `vitviewer.capture.product_layer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Positions = Sequence[int] | NDArray[np.intp]
    Index = slice | torch.Tensor

BLOCK_ELEMENTS = 1 << 21
"""Most attention values to hold at once while matrices are streamed (8 MiB)."""


class Layer(Protocol):
    """One attention layer of a recording."""

    @property
    def n_heads(self) -> int:
        """Number of query heads."""

    @property
    def n_queries(self) -> int:
        """Number of tokens whose rows were recorded."""

    @property
    def n_keys(self) -> int:
        """Number of tokens that are looked at."""

    @property
    def n_bytes(self) -> int:
        """Bytes that the layer keeps alive."""

    @property
    def device(self) -> torch.device:
        """Where it was computed."""

    @property
    def sums_to_one(self) -> bool:
        """Whether rows sum to 1; with a sink they sum to less."""

    @property
    def tells_normalisers(self) -> bool:
        """Whether the kernel's normalisers of the rows were recorded."""

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, keys)."""

    def sample(self, queries: Positions) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, keys)."""

    def columns(self, start: int, stop: int, keys: Index) -> torch.Tensor:
        """Return what the queries start to stop give some keys: (heads, rows, keys)."""

    def used(self, queries: Positions) -> tuple[torch.Tensor, torch.Tensor]:
        """Return rows by the normalisers that the pass itself had, and their sums.

        Returns
        -------
        rows : (heads, queries, keys)
        sums : (heads, queries)
            1 for a row that may read no key: it is zeros, and counts as no row.
        """

    def readable(self, query: int) -> int:
        """Return how many keys a query may read."""

    def trim(self, n_tokens: int) -> Layer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""


@dataclass(frozen=True)
class MatrixLayer:
    """A layer that keeps the matrices that the model made, (heads, queries, keys)."""

    attention: torch.Tensor

    @property
    def n_heads(self) -> int:
        """Number of query heads."""
        return self.attention.shape[0]

    @property
    def n_queries(self) -> int:
        """Number of tokens whose rows were recorded."""
        return self.attention.shape[1]

    @property
    def n_keys(self) -> int:
        """Number of tokens that are looked at."""
        return self.attention.shape[2]

    @property
    def n_bytes(self) -> int:
        """Bytes of the matrices."""
        return self.attention.numel() * self.attention.element_size()

    @property
    def device(self) -> torch.device:
        """Where it was computed."""
        return self.attention.device

    @property
    def sums_to_one(self) -> bool:
        """A softmax's rows do."""
        return True

    @property
    def tells_normalisers(self) -> bool:
        """The rows are normalised as they are."""
        return False

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, keys)."""
        return self.attention[:, start:stop].float()

    def sample(self, queries: Positions) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, keys)."""
        return self.attention[:, chosen(queries)].float()

    def columns(self, start: int, stop: int, keys: Index) -> torch.Tensor:
        """Return what the queries start to stop give some keys: (heads, rows, keys)."""
        return self.attention[:, start:stop, keys].float()

    def used(self, queries: Positions) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the model's own rows, and their sums; 1 for a row of zeros."""
        rows = self.sample(queries)
        sums = rows.sum(dim=-1)
        return rows, sums.masked_fill_((rows == 0.0).all(dim=-1), 1.0)

    def readable(self, query: int) -> int:
        """Return the number of keys: the matrices do not tell what was hidden."""
        return self.n_keys

    def trim(self, n_tokens: int) -> MatrixLayer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""
        return MatrixLayer(self.attention[:, :n_tokens, :n_tokens])


def row_blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Cut rows into blocks of at most `BLOCK_ELEMENTS`, or of one row that has more.

    Parameters
    ----------
    n_rows : int
    width : int
        How many values a row has, in all heads.
    """
    height = max(1, BLOCK_ELEMENTS // width)
    for first in range(0, n_rows, height):
        yield slice(first, min(first + height, n_rows))


def chosen(positions: Positions) -> Index:
    """Return positions as an index; a slice, which copies nothing, if they allow it."""
    array = np.asarray(positions)
    first, last = int(array[0]), int(array[-1])
    if last - first + 1 == array.size and (array[1:] > array[:-1]).all():
        return slice(first, last + 1)
    return torch.tensor(array)
