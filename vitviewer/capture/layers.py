"""One attention layer as it was recorded: q and k, or the matrices themselves.

Attention is ``softmax(cap(q kᵀ · scale) + bias)``, in float32 whatever the model's
dtype, and computed when asked for. Queries need not be as many as keys: words may look
at pictures, and the last of many words alone may look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Positions = Sequence[int] | NDArray[np.intp]


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

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, keys)."""

    def sample(self, queries: Positions) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, keys)."""

    def readable(self, query: int) -> int:
        """Return how many keys a query may read."""

    def trim(self, n_tokens: int) -> Layer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""


@dataclass(frozen=True)
class ProductLayer:
    """A layer that keeps q and k, and all that goes into the softmax beside them.

    Parameters
    ----------
    query : (heads, queries, width)
    key : (key heads, keys, width)
        Heads share keys where there are fewer key heads than heads (Ainslie et al.
        2023, arXiv:2305.13245): heads h · g to (h + 1) · g - 1 share key head h.
    scale : float
        What q kᵀ is multiplied by.
    bias : (heads or 1, queries or 1, keys), optional
        What is added to the logits; -inf hides a key.
    first_query : int
        The first query's position among the keys.
    causal : bool
        Whether each query reads the keys up to its own position only.
    softcap : float, optional
        Logits x become ``softcap · tanh(x / softcap)`` before the bias is added
        (Gemma 2, arXiv:2408.00118).
    sink : (heads,), optional
        A logit for no key at all, which takes its share of every row (gpt-oss,
        arXiv:2508.10925).
    """

    query: torch.Tensor
    key: torch.Tensor
    scale: float
    bias: torch.Tensor | None = None
    first_query: int = 0
    causal: bool = False
    softcap: float | None = None
    sink: torch.Tensor | None = None

    @property
    def n_heads(self) -> int:
        """Number of query heads."""
        return self.query.shape[0]

    @property
    def n_queries(self) -> int:
        """Number of tokens whose rows were recorded."""
        return self.query.shape[1]

    @property
    def n_keys(self) -> int:
        """Number of tokens that are looked at."""
        return self.key.shape[1]

    @property
    def n_bytes(self) -> int:
        """Bytes of q and k; a bias or sink is the model's own or a view of it."""
        return sum(t.numel() * t.element_size() for t in (self.query, self.key))

    @property
    def device(self) -> torch.device:
        """Where it was computed."""
        return self.query.device

    @property
    def sums_to_one(self) -> bool:
        """Whether rows sum to 1; with a sink they sum to less."""
        return self.sink is None

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, keys)."""
        return self._rows(slice(start, stop))

    def sample(self, queries: Positions) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, keys)."""
        return self._rows(chosen(queries))

    def readable(self, query: int) -> int:
        """Return how many keys a query may read: those that no bias or order hides.

        A bias near the lowest number of its dtype hides a key as -inf does.
        """
        n_keys = self.n_keys
        if self.causal:
            n_keys = min(n_keys, self.first_query + query + 1)
        if self.bias is None:
            return n_keys
        row = self.bias[:, 0 if self.bias.shape[1] == 1 else query]
        lowest = torch.finfo(row.dtype).min
        seen = (row > lowest / 2).any(dim=0).expand(self.n_keys)
        return int(seen[:n_keys].sum())

    def trim(self, n_tokens: int) -> ProductLayer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""
        n_queries = max(0, n_tokens - self.first_query)
        query, key = self.query[:, :n_queries], self.key[:, :n_tokens]
        bias = None if self.bias is None else self.bias[:, :n_queries, :n_tokens]
        return replace(self, query=query, key=key, bias=bias)

    def _rows(self, queries: slice | torch.Tensor) -> torch.Tensor:
        query, key = self.query[:, queries].float(), self.key.float()
        logits = multiplied(query, key.transpose(1, 2)).mul_(self.scale)
        if self.softcap is not None:
            logits.div_(self.softcap).tanh_().mul_(self.softcap)
        if self.bias is not None:
            rows = self.bias if self.bias.shape[1] == 1 else self.bias[:, queries]
            logits += rows.float()
        if self.causal:
            logits.masked_fill_(self._later_keys(queries), -torch.inf)
        if self.sink is not None:
            return _softmax_with_sink(logits, self.sink)
        return torch.softmax(logits, dim=-1)

    def _later_keys(self, queries: slice | torch.Tensor) -> torch.Tensor:
        """Tell which keys stand after each query, (queries, keys)."""
        last = torch.arange(self.n_queries)[queries] + self.first_query
        return (torch.arange(self.n_keys) > last[:, None]).to(self.device)


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

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, keys)."""
        return self.attention[:, start:stop].float()

    def sample(self, queries: Positions) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, keys)."""
        return self.attention[:, chosen(queries)].float()

    def readable(self, query: int) -> int:
        """Return the number of keys: the matrices do not tell what was hidden."""
        return self.n_keys

    def trim(self, n_tokens: int) -> MatrixLayer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""
        return MatrixLayer(self.attention[:, :n_tokens, :n_tokens])


def multiplied(per_head: torch.Tensor, shared: torch.Tensor) -> torch.Tensor:
    """Multiply each head's matrix by the one of its key head, which is not repeated.

    Parameters
    ----------
    per_head : (heads, rows, n)
    shared : (key heads, n, width)

    Returns
    -------
    (heads, rows, width)
    """
    heads, rows, n = per_head.shape
    if len(shared) == heads:
        return torch.matmul(per_head, shared)
    grouped = per_head.reshape(len(shared), -1, n)
    return torch.matmul(grouped, shared).reshape(heads, rows, -1)


def chosen(positions: Positions) -> slice | torch.Tensor:
    """Return positions as an index; a slice, which copies nothing, if they allow it."""
    array = np.asarray(positions)
    first, last = int(array[0]), int(array[-1])
    if last - first + 1 == array.size and (array[1:] > array[:-1]).all():
        return slice(first, last + 1)
    return torch.tensor(array)


def _softmax_with_sink(logits: torch.Tensor, sink: torch.Tensor) -> torch.Tensor:
    """Return the keys' part of the softmax over (heads, rows, keys) and the sink."""
    column = sink.float()[:, None, None].expand(-1, logits.shape[1], 1)
    return torch.softmax(torch.cat([logits, column], dim=-1), dim=-1)[..., :-1]
