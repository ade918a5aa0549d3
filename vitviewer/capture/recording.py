"""What one forward pass attended to: every layer's attention, computed when asked for.

Rows are streamed in blocks, so that no N×N matrix of a layer need ever be whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitviewer.capture.layers import BLOCK_ELEMENTS, Layer, chosen, row_blocks
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.jobs import Job

if TYPE_CHECKING:
    from vitviewer.capture.layers import Index, Positions


@dataclass
class Recording:
    """The recorded layers of one forward pass, first to last.

    Parameters
    ----------
    layers : list of Layer
    names : list of str
        What each layer's module is called, where the recorder was told.
    pool : Layer or None
        The attention of a pooling head, one row a head, where the model has one and
        it was watched.
    job : Job
        Of the request that is answered now; a cancel ends it.
    expected : int
        The number of layers to come, if known.
    """

    layers: list[Layer] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    pool: Layer | None = None
    job: Job = field(default_factory=Job)
    expected: int = 0
    _storage: dict[str, torch.Tensor] = field(default_factory=dict, repr=False)

    @property
    def n_heads(self) -> int:
        """Number of heads in each layer."""
        return self.layers[0].n_heads

    @property
    def n_queries(self) -> int:
        """Number of tokens whose rows were recorded."""
        return self.layers[0].n_queries

    @property
    def n_tokens(self) -> int:
        """Number of tokens that are looked at."""
        return self.layers[0].n_keys

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
        return self.n_heads * self.n_queries * self.n_tokens <= BLOCK_ELEMENTS

    def within(self, job: Job) -> Recording:
        """Return the same recording, not copied, for another request's job."""
        return replace(self, job=job)

    def add(self, layer: Layer, name: str = "") -> None:
        """Keep the next layer.

        All q, all k and all normalisers go into one block each: kept where the model
        left them, between what it frees, they would hold some 30 % more memory than
        they need.
        """
        if isinstance(layer, ProductLayer) and len(self.layers) < self.expected:
            layer = self._packed(layer)
        self.layers.append(layer)
        self.names.append(name)

    def _packed(self, layer: ProductLayer) -> ProductLayer:
        kept = {"query": layer.query, "key": layer.key}
        if layer.lse is not None:
            kept["lse"] = layer.lse
        if not self._storage:
            shape = {name: (self.expected, *part.shape) for name, part in kept.items()}
            self._storage = {n: kept[n].new_empty(shape[n]) for n in kept}
        if kept.keys() != self._storage.keys():
            return layer
        own = {name: block[len(self.layers)] for name, block in self._storage.items()}
        if not all(_alike(own[name], part) for name, part in kept.items()):
            return layer
        copied: dict[str, Any] = {n: own[n].copy_(part) for n, part in kept.items()}
        return replace(layer, **copied)

    def trim(self, n_tokens: int) -> None:
        """Forget the tokens from ``n_tokens`` on: padding, which nothing looks at."""
        self.layers = [layer.trim(n_tokens) for layer in self.layers]
        if self.pool is not None:
            self.pool = self.pool.trim(n_tokens)

    def blocks(self, layer: Layer) -> Iterator[tuple[slice, torch.Tensor]]:
        """Stream one layer's attention as (rows, (heads, rows, keys)) blocks.

        Raises
        ------
        Cancelled
            If the request was cancelled.
        """
        for part in self._parts(layer, layer.n_queries, layer.n_keys):
            yield part, layer.rows(part.start, part.stop)

    def rows(self, query: int) -> torch.Tensor:
        """Return where one query looks, (layers, heads, keys)."""
        self.check()
        for merged in self._merged():
            rows = merged.rows(query, query + 1)[:, 0]
            return rows.reshape(len(self.layers), -1, self.n_tokens)
        return torch.stack([a.rows(query, query + 1)[:, 0] for a in self.layers])

    def mean_rows(self, queries: Positions) -> torch.Tensor:
        """Return where some queries look on average, (layers, heads, keys).

        A row that may read no key counts as no row.
        """
        places = np.asarray(queries)
        return torch.stack([self._mean_rows(layer, places) for layer in self.layers])

    def columns(self, key: int) -> torch.Tensor:
        """Return how much each query looks at one token, (layers, heads, queries)."""
        place, n = slice(key, key + 1), self.n_queries
        for plain in self._merged():
            merged = replace(plain, lse=self._normalisers())
            if not merged.has_coarse_rows:
                column = merged.columns(0, n, place)[..., 0]
                return column.reshape(len(self.layers), -1, n)
        columns = []
        for layer in self.layers:
            self.check()
            columns.append(layer.columns(0, n, place)[..., 0])
        return torch.stack(columns)

    def mean_columns(self, keys: Positions) -> torch.Tensor:
        """Return how much each query looks at some on average, as for `columns`."""
        places = chosen(keys)
        return torch.stack(
            [self._mean_column(layer, places, len(keys)) for layer in self.layers]
        )

    def layer_attention(self, layer: int, start: int, stop: int) -> torch.Tensor:
        """Return one layer's rows start to stop, (heads, stop - start, keys)."""
        return self.layers[layer].rows(start, stop)

    def check(self) -> None:
        """Raise `Cancelled` if the request was cancelled."""
        self.job.check()

    def _merged(self) -> list[ProductLayer]:
        """Return all layers as one of many heads, if they are alike; else nothing.

        Heads know nothing of each other, in whatever layer they are. One operation for
        all of them takes half the time of one for each layer, and where other programs
        want the cores it waits for them once.
        """
        layers = [a for a in self.layers if isinstance(a, ProductLayer) and a.is_plain]
        if not (self._storage and len(layers) == len(self.layers) == self.expected):
            return []
        query, key = self._storage["query"], self._storage["key"]
        packed = all(
            _same(layer.query, q) and _same(layer.key, k)
            for layer, q, k in zip(layers, query, key, strict=True)
        )
        if not packed or len({layer.scale for layer in layers}) > 1:
            return []
        query, key = query.flatten(0, 1), key.flatten(0, 1)
        return [ProductLayer(query, key, layers[0].scale)]

    def _normalisers(self) -> torch.Tensor:
        """Return those of merged layers, (layers · heads, queries)."""
        lse = []
        for layer in self.layers:
            self.check()
            assert isinstance(layer, ProductLayer)
            lse.append(layer.normalisers)
        return torch.cat(lse)

    def _parts(self, layer: Layer, n_rows: int, n_keys: int) -> Iterator[slice]:
        """Cut rows of some keys into blocks; a cancel ends it before the next one."""
        for part in row_blocks(n_rows, layer.n_heads * n_keys):
            self.check()
            yield part

    def _mean_rows(self, layer: Layer, queries: Positions) -> torch.Tensor:
        parts = self._parts(layer, len(queries), layer.n_keys)
        total = torch.stack([layer.sample(queries[p]).sum(dim=1) for p in parts]).sum(0)
        if not layer.sums_to_one:  # nothing reads nothing beside a sink
            return total / len(queries)
        # Rows sum to 1, or to 0 where they may read nothing: so many rows there are.
        return total / total.sum(dim=-1, keepdim=True).round().clamp_min(1.0)

    def _mean_column(self, layer: Layer, keys: Index, n_keys: int) -> torch.Tensor:
        parts = self._parts(layer, layer.n_queries, n_keys)
        columns = (layer.columns(part.start, part.stop, keys) for part in parts)
        return torch.cat([column.mean(dim=2) for column in columns], dim=1)


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Tell whether two tensors are the same numbers in memory."""
    return a.data_ptr() == b.data_ptr() and a.shape == b.shape


def _alike(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Tell whether one can be copied into the other as it is."""
    return (a.shape, a.dtype, a.device) == (b.shape, b.dtype, b.device)
