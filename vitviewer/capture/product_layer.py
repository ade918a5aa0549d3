"""A layer of attention as queries and keys, and all that goes into the softmax.

Attention is ``softmax(cap(q kᵀ · scale) + bias)``, computed when asked for. A row is a
softmax. A column would need every row of the matrix for its normaliser, were these not
known: with each row's log-sum-exp at hand, the value in row i and column j is
``exp(logit[i, j] - lse[i])``. The attention kernel has them in any case
(`vitviewer.capture.kernel`); where it doesn't tell, they are made once, when needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from vitviewer.capture.layers import chosen, row_blocks

if TYPE_CHECKING:
    from vitviewer.capture.layers import Index, Positions

_COARSE = 2.0**10
"""From here on float32 tells log-sum-exps apart by 1e-4 only: too coarse to use."""


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
    lse : (heads, queries), optional
        The log-sum-exp of each row's logits, as the attention kernel had it.
    """

    query: torch.Tensor
    key: torch.Tensor
    scale: float
    bias: torch.Tensor | None = None
    first_query: int = 0
    causal: bool = False
    softcap: float | None = None
    sink: torch.Tensor | None = None
    lse: torch.Tensor | None = None

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
        """Bytes of q, k and lse; a bias or sink is the model's own or a view of it."""
        kept = (t for t in (self.query, self.key, self.lse) if t is not None)
        return sum(t.numel() * t.element_size() for t in kept)

    @property
    def device(self) -> torch.device:
        """Where it was computed."""
        return self.query.device

    @property
    def sums_to_one(self) -> bool:
        """Whether rows sum to 1; with a sink they sum to less."""
        return self.sink is None

    @property
    def is_plain(self) -> bool:
        """Whether nothing but q, k and the scale goes into the softmax."""
        beside = (self.bias, self.softcap, self.sink)
        return not self.causal and all(thing is None for thing in beside)

    @property
    def has_coarse_rows(self) -> bool:
        """Whether some rows' normalisers are too large to be used in float32."""
        return len(self._coarse_rows) > 0

    @property
    def tells_normalisers(self) -> bool:
        """Whether the kernel's normalisers of the rows were recorded."""
        return self.lse is not None

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, keys)."""
        return self._rows(slice(start, stop))

    def sample(self, queries: Positions) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, keys)."""
        return self._rows(chosen(queries))

    def columns(self, start: int, stop: int, keys: Index) -> torch.Tensor:
        """Return what the queries start to stop give some keys: (heads, rows, keys)."""
        queries = slice(start, stop)
        lse = self.normalisers[:, queries, None]
        columns = self._logits(queries, keys).sub_(lse).exp_()
        coarse = self._coarse_rows
        coarse = coarse[(coarse >= start) & (coarse < stop)]
        for part in self._blocks(len(coarse)):
            rows = coarse[part]
            columns[:, rows - start] = self._rows(rows)[..., keys]
        return columns

    def used(self, queries: Positions) -> tuple[torch.Tensor, torch.Tensor]:
        """Return rows by the normalisers that the pass itself had, and their sums."""
        index = chosen(queries)
        logits = self._logits(index)
        rows = self._softmax(logits)
        if self.lse is not None:
            lse = self.normalisers[:, index, None]  # those that columns are made with
            rows = torch.where(lse.abs() > _COARSE, rows, (logits - lse).exp_())
        reads_nothing = (logits == -torch.inf).all(dim=-1)
        return rows, rows.sum(dim=-1).masked_fill_(reads_nothing, 1.0)

    @cached_property
    def normalisers(self) -> torch.Tensor:
        """Each row's log-sum-exp, float32 (heads, queries); 0 if it may read no key."""
        if self.lse is not None:
            lse = self.lse.float()
        else:
            parts = self._blocks(self.n_queries)
            lse = torch.cat([self._made_normalisers(part) for part in parts], dim=1)
        return lse.masked_fill(lse == -torch.inf, 0.0)

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
        lse = None if self.lse is None else self.lse[:, :n_queries]
        return replace(self, query=query, key=key, bias=bias, lse=lse)

    def _rows(self, queries: Index) -> torch.Tensor:
        return self._softmax(self._logits(queries))

    def _logits(self, queries: Index, keys: Index = slice(None)) -> torch.Tensor:
        """Return what goes into the softmax, float32 (heads, queries, keys)."""
        query, key = self.query[:, queries].float(), self.key[:, keys].float()
        logits = products(query, key).mul_(self.scale)
        if self.softcap is not None:
            logits.div_(self.softcap).tanh_().mul_(self.softcap)
        if self.bias is not None:
            rows = self.bias if self.bias.shape[1] == 1 else self.bias[:, queries]
            logits += (rows[..., keys] if rows.shape[-1] > 1 else rows).float()
        if self.causal:
            logits.masked_fill_(self._later_keys(queries)[:, keys], -torch.inf)
        return logits

    def _softmax(self, logits: torch.Tensor) -> torch.Tensor:
        """Return attention; zeros, as kernels have it, for a row that reads no key."""
        if self.sink is not None:
            return _softmax_with_sink(logits, self.sink)
        attention = torch.softmax(logits, dim=-1)
        reads_nothing = attention[..., :1].isnan()
        if reads_nothing.any():
            reads_nothing &= (logits == -torch.inf).all(dim=-1, keepdim=True)
            attention.masked_fill_(reads_nothing, 0.0)
        return attention

    def _made_normalisers(self, queries: slice) -> torch.Tensor:
        lse = self._logits(queries).logsumexp(dim=-1)
        if self.sink is not None:
            lse = torch.logaddexp(lse, self.sink.float()[:, None])
        return lse

    @cached_property
    def _coarse_rows(self) -> torch.Tensor:
        """Which queries' normalisers float32 is too coarse for, so a softmax it is."""
        return (self.normalisers.abs() > _COARSE).any(dim=0).nonzero()[:, 0].cpu()

    def _blocks(self, n_rows: int) -> Iterator[slice]:
        return row_blocks(n_rows, self.n_heads * self.n_keys)

    def _later_keys(self, queries: Index) -> torch.Tensor:
        """Tell which keys stand after each query, (queries, keys)."""
        last = torch.arange(self.n_queries)[queries] + self.first_query
        return (torch.arange(self.n_keys) > last[:, None]).to(self.device)


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


def products(query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    """Return each query's product with each key, (heads, queries, keys).

    Parameters
    ----------
    query : (heads, queries, width)
    key : (key heads, keys, width)
    """
    if key.shape[1] >= query.shape[1]:
        return multiplied(query, key.transpose(1, 2))
    # Few keys of many queries: the other way round the queries are read twice as fast.
    heads, n_queries, width = query.shape
    grouped = query.reshape(len(key), -1, width)
    turned = torch.matmul(key, grouped.transpose(1, 2))
    split = turned.reshape(len(key), -1, heads // len(key), n_queries)
    return split.permute(0, 2, 3, 1).reshape(heads, n_queries, -1)


def _softmax_with_sink(logits: torch.Tensor, sink: torch.Tensor) -> torch.Tensor:
    """Return the keys' part of the softmax over (heads, rows, keys) and the sink."""
    column = sink.float()[:, None, None].expand(-1, logits.shape[1], 1)
    return torch.softmax(torch.cat([logits, column], dim=-1), dim=-1)[..., :-1]
