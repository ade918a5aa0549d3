"""What one forward pass attended to: every layer's attention, computed when asked for.

A layer keeps its queries and keys, and attention is ``softmax(q kᵀ · scale + bias)``,
in float32 whatever the model's dtype. Where a model's code lets nothing else through,
the matrices themselves are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch

from vitviewer.capture.threads import one_thread
from vitviewer.errors import Cancelled

BLOCK_ELEMENTS = 1 << 21
"""Most attention values to hold at once while matrices are streamed (8 MiB)."""


class Layer(Protocol):
    """One attention layer of a recording."""

    @property
    def n_heads(self) -> int:
        """Number of heads."""

    @property
    def n_tokens(self) -> int:
        """Number of tokens that are looked at."""

    @property
    def n_bytes(self) -> int:
        """Bytes that the layer keeps alive."""

    @property
    def device(self) -> torch.device:
        """Where it was computed."""

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, tokens)."""

    def sample(self, tokens: list[int]) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, tokens)."""

    def trim(self, n_tokens: int) -> Layer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""


@dataclass(frozen=True)
class ProductLayer:
    """A layer that keeps q and k, (heads, tokens, width), and what is added."""

    query: torch.Tensor
    key: torch.Tensor
    scale: float
    bias: torch.Tensor | None = None

    @property
    def n_heads(self) -> int:
        """Number of heads."""
        return self.query.shape[0]

    @property
    def n_tokens(self) -> int:
        """Number of tokens that are looked at."""
        return self.key.shape[1]

    @property
    def n_bytes(self) -> int:
        """Bytes of q and k; a bias is the model's own or a view of it."""
        return sum(t.numel() * t.element_size() for t in (self.query, self.key))

    @property
    def device(self) -> torch.device:
        """Where it was computed."""
        return self.query.device

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, tokens)."""
        return self._rows(slice(start, stop))

    def sample(self, tokens: list[int]) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, tokens)."""
        return self._rows(tokens)

    def _rows(self, queries: slice | list[int]) -> torch.Tensor:
        query, key = self.query[:, queries].float(), self.key.float()
        logits = torch.matmul(query, key.transpose(1, 2)).mul_(self.scale)
        if self.bias is not None:
            rows = self.bias if self.bias.shape[1] == 1 else self.bias[:, queries]
            logits += rows.float()
        return torch.softmax(logits, dim=-1)

    def trim(self, n_tokens: int) -> ProductLayer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""
        bias = self.bias
        if bias is not None:
            bias = bias[:, :n_tokens, :n_tokens]
        query, key = self.query[:, :n_tokens], self.key[:, :n_tokens]
        return ProductLayer(query, key, self.scale, bias)


@dataclass(frozen=True)
class MatrixLayer:
    """A layer that keeps the matrices that the model made, (heads, tokens, tokens)."""

    attention: torch.Tensor

    @property
    def n_heads(self) -> int:
        """Number of heads."""
        return self.attention.shape[0]

    @property
    def n_tokens(self) -> int:
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

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, tokens)."""
        return self.attention[:, start:stop].float()

    def sample(self, tokens: list[int]) -> torch.Tensor:
        """Return the attention rows of some queries, (heads, queries, tokens)."""
        return self.attention[:, tokens].float()

    def trim(self, n_tokens: int) -> MatrixLayer:
        """Return the layer without the tokens from ``n_tokens`` on (padding)."""
        return MatrixLayer(self.attention[:, :n_tokens, :n_tokens])


@dataclass
class Recording:
    """The recorded layers of one forward pass, first to last.

    ``pool`` is the attention of a pooling head, one row a head, where the model has
    one and it was watched. ``expected`` is the number of layers to come, if known.
    """

    layers: list[Layer] = field(default_factory=list)
    pool: Layer | None = None
    cancelled: Callable[[], bool] = lambda: False
    expected: int = 0
    _storage: torch.Tensor | None = field(default=None, repr=False)

    @property
    def n_heads(self) -> int:
        """Number of heads in each layer."""
        return self.layers[0].n_heads

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return self.layers[0].n_tokens

    @property
    def n_bytes(self) -> int:
        """Bytes that the recorded tensors keep alive."""
        return sum(layer.n_bytes for layer in self.layers)

    @property
    def device(self) -> torch.device:
        """Where the model ran."""
        return self.layers[0].device

    @property
    def is_small(self) -> bool:
        """Whether a whole layer's attention fits into one block."""
        return self.n_heads * self.n_tokens**2 <= BLOCK_ELEMENTS

    def add(self, layer: Layer) -> None:
        """Keep the next layer.

        All q and k go into one block: kept where the model left them, between what it
        frees, they would hold some 20 % more memory than they need.
        """
        packs = isinstance(layer, ProductLayer) and len(self.layers) < self.expected
        self.layers.append(self._packed(layer) if packs else layer)  # type: ignore[arg-type]

    def _packed(self, layer: ProductLayer) -> ProductLayer:
        shape = (self.expected, 2, *layer.query.shape)
        if self._storage is None:
            self._storage = layer.query.new_empty(shape)
        if layer.key.shape != layer.query.shape or self._storage.shape != shape:
            return layer
        query, key = self._storage[len(self.layers)]
        query.copy_(layer.query)
        key.copy_(layer.key)
        return replace(layer, query=query, key=key)

    def trim(self, n_tokens: int) -> None:
        """Forget the tokens from ``n_tokens`` on: padding, which nothing looks at."""
        self.layers = [layer.trim(n_tokens) for layer in self.layers]
        if self.pool is not None:
            self.pool = self.pool.trim(n_tokens)

    def blocks(
        self, layer: Layer, start: int = 0, stop: int | None = None
    ) -> Iterator[tuple[slice, torch.Tensor]]:
        """Stream one layer's attention as (rows, (heads, rows, tokens)) blocks.

        Parameters
        ----------
        layer : Layer
            One of ``layers``.
        start, stop : int
            The queries wanted; all of them if left out.

        Raises
        ------
        Cancelled
            If the request was overtaken.
        """
        height = max(1, BLOCK_ELEMENTS // (self.n_heads * self.n_tokens))
        end = self.n_tokens if stop is None else stop
        for first in range(start, end, height):
            self.check()
            last = min(first + height, end)
            yield slice(first, last), layer.rows(first, last)

    def rows(self, token: int) -> torch.Tensor:
        """Return where one token looks, (layers, heads, tokens)."""
        self.check()
        with one_thread():
            parts = [layer.rows(token, token + 1)[:, 0] for layer in self.layers]
            return torch.stack(parts)

    def mean_rows(self, tokens: slice) -> torch.Tensor:
        """Return where some tokens look on average, (layers, heads, tokens)."""
        return torch.stack([self._mean_rows(layer, tokens) for layer in self.layers])

    def columns(self, token: int) -> torch.Tensor:
        """Return how much each token looks at one token, (layers, heads, tokens)."""
        return self.mean_columns(slice(token, token + 1))

    def mean_columns(self, tokens: slice) -> torch.Tensor:
        """Return how much each token looks at some on average, as for `columns`."""
        return torch.stack([self._mean_column(layer, tokens) for layer in self.layers])

    def layer_attention(self, layer: int, start: int, stop: int) -> torch.Tensor:
        """Return one layer's rows start to stop, (heads, stop - start, tokens)."""
        return self.layers[layer].rows(start, stop)

    def check(self) -> None:
        """Raise `Cancelled` if the request was overtaken."""
        if self.cancelled():
            raise Cancelled

    def _mean_rows(self, layer: Layer, tokens: slice) -> torch.Tensor:
        start, stop, _ = tokens.indices(self.n_tokens)
        blocks = self.blocks(layer, start, stop)
        sums = [attention.sum(dim=1) for _, attention in blocks]
        return torch.stack(sums).sum(dim=0) / (stop - start)

    def _mean_column(self, layer: Layer, tokens: slice) -> torch.Tensor:
        blocks = self.blocks(layer)
        return torch.cat([a[:, :, tokens].mean(dim=2) for _, a in blocks], dim=1)
