"""One forward pass, recorded: the queries and keys of every layer, no N×N matrix.

transformers sends its encoders' attention through functions registered by name. Ours
runs its ``sdpa`` function, so that outputs are bit for bit those of a plain pass, and
keeps q, k, the scale and any bias. Attention is then computed when it is asked for:
``softmax(q kᵀ · scale + bias)``, in float32 whatever the model's dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from vitviewer.errors import Cancelled
from vitviewer.threads import one_thread

NAME = "vitviewer_capture"
BLOCK_ELEMENTS = 1 << 22
"""Most attention values to hold at once while matrices are streamed (16 MiB)."""


@dataclass
class Layer:
    """What one attention layer was given: q and k (heads, tokens, width)."""

    query: torch.Tensor
    key: torch.Tensor
    scale: float
    bias: torch.Tensor | None

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """Return attention rows of the queries start to stop, (heads, rows, tokens)."""
        query, key = self.query[:, start:stop].float(), self.key.float()
        logits = torch.matmul(query, key.transpose(1, 2)).mul_(self.scale)
        if self.bias is not None:
            rows = self.bias if self.bias.shape[1] == 1 else self.bias[:, start:stop]
            logits += rows.float()
        return torch.softmax(logits, dim=-1)


@dataclass
class Recording:
    """The recorded layers of one forward pass, first to last."""

    layers: list[Layer] = field(default_factory=list)
    cancelled: Callable[[], bool] = lambda: False

    @property
    def n_heads(self) -> int:
        """Number of heads in each layer."""
        return self.layers[0].query.shape[0]

    @property
    def n_tokens(self) -> int:
        """Number of tokens."""
        return self.layers[0].query.shape[1]

    @property
    def n_bytes(self) -> int:
        """Bytes that the recorded tensors keep alive."""
        tensors = [t for layer in self.layers for t in (layer.query, layer.key)]
        return sum(t.numel() * t.element_size() for t in tensors)

    @property
    def is_small(self) -> bool:
        """Whether a whole layer's attention fits into one block."""
        return self.n_heads * self.n_tokens**2 <= BLOCK_ELEMENTS

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


_ACTIVE: ContextVar[Recording | None] = ContextVar("vitviewer_recording", default=None)


@contextmanager
def recording(cancelled: Callable[[], bool] = lambda: False) -> Iterator[Recording]:
    """Record every attention layer that runs within the context.

    Raises
    ------
    Cancelled
        From within the model, as soon as ``cancelled()`` is true.
    """
    record = Recording(cancelled=cancelled)
    token = _ACTIVE.set(record)
    try:
        yield record
    finally:
        _ACTIVE.reset(token)


def attention_forward(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Run transformers' sdpa attention; keep q and k if a recording is active."""
    record = _ACTIVE.get()
    if record is not None:
        record.check()
        bias = _bias(attention_mask, kwargs.get("position_bias"))
        record.layers.append(_layer(query, key, bias, scaling))
    result: tuple[torch.Tensor, None] = sdpa_attention_forward(
        module, query, key, value, attention_mask, scaling=scaling, **kwargs
    )
    return result


def register() -> None:
    """Make the function known to transformers under `NAME`.

    The mask function goes with it: without one, masks are silently dropped.
    """
    AttentionInterface.register(NAME, attention_forward)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def _layer(
    query: torch.Tensor,
    key: torch.Tensor,
    bias: torch.Tensor | None,
    scaling: float | None,
) -> Layer:
    """Keep the first picture of the batch."""
    groups = query.shape[1] // key.shape[1]
    return Layer(
        query=query[0].detach(),
        key=repeat_kv(key, groups)[0].detach(),
        scale=query.shape[-1] ** -0.5 if scaling is None else scaling,
        bias=None if bias is None else bias[0].detach(),
    )


def _bias(
    mask: torch.Tensor | None, position_bias: torch.Tensor | None
) -> torch.Tensor | None:
    """Return all that is added to the logits, (batch, heads or 1, rows, tokens)."""
    if mask is not None and mask.dtype == torch.bool:
        blank = torch.zeros(mask.shape, device=mask.device)
        mask = blank.masked_fill(~mask, -torch.inf)
    if mask is None or position_bias is None:
        return position_bias if mask is None else mask
    return mask + position_bias
