"""Record one forward pass without keeping any N×N matrix.

transformers sends its encoders' attention through functions registered by name. Ours
runs its ``sdpa`` function, so that outputs are bit for bit those of a plain pass, and
keeps q, k, the scale and any bias. What does not dispatch that way is recorded in
`vitviewer.capture.function_modes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from vitviewer.capture.recording import ProductLayer, Recording
from vitviewer.capture.verification import Witness

NAME = "vitviewer_capture"

_ACTIVE: ContextVar[tuple[Recording, Witness] | None] = ContextVar(
    "vitviewer_recording", default=None
)


@contextmanager
def recording(
    cancelled: Callable[[], bool] = lambda: False,
    witness: Witness | None = None,
    expected: int = 0,
) -> Iterator[Recording]:
    """Record every attention layer that runs within the context.

    Parameters
    ----------
    cancelled : callable
        Asked at every layer; true ends the pass.
    witness : Witness, optional
        Compares what is recorded with what the model computed.
    expected : int
        The number of layers to come, if known: their memory is taken at once.

    Raises
    ------
    Cancelled
        From within the model, as soon as ``cancelled()`` is true.
    """
    record = Recording(cancelled=cancelled, expected=expected)
    token = _ACTIVE.set((record, witness or Witness()))
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
    active = _ACTIVE.get()
    if active is not None:
        active[0].check()
    result: tuple[torch.Tensor, None] = sdpa_attention_forward(
        module, query, key, value, attention_mask, scaling=scaling, **kwargs
    )
    if active is not None:
        bias = total_bias(attention_mask, kwargs.get("position_bias"))
        layer = product_layer(query, key, bias, scaling)
        record, witness = active
        record.add(layer)
        witness.note(layer, _first(value, query), result[0][0].transpose(0, 1))
    return result


def register() -> None:
    """Make the function known to transformers under `NAME`.

    The mask function goes with it: without one, masks are silently dropped.
    """
    AttentionInterface.register(NAME, attention_forward)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def product_layer(
    query: torch.Tensor,
    key: torch.Tensor,
    bias: torch.Tensor | None,
    scaling: float | None,
) -> ProductLayer:
    """Keep the first picture of a batch, (batch, heads, tokens, width) each."""
    return ProductLayer(
        query=query[0].detach(),
        key=_first(key, query).detach(),
        scale=query.shape[-1] ** -0.5 if scaling is None else scaling,
        bias=None if bias is None else bias[0].detach(),
    )


def total_bias(
    mask: torch.Tensor | None, position_bias: torch.Tensor | None = None
) -> torch.Tensor | None:
    """Return all that is added to the logits, (batch, heads or 1, rows, tokens)."""
    if mask is not None and mask.dtype == torch.bool:
        blank = torch.zeros(mask.shape, device=mask.device)
        mask = blank.masked_fill(~mask, -torch.inf)
    if mask is None or position_bias is None:
        return position_bias if mask is None else mask
    return mask + position_bias


def _first(shared: torch.Tensor, query: torch.Tensor) -> torch.Tensor:
    """Return the first picture's keys or values, repeated for each query head."""
    repeated: torch.Tensor = repeat_kv(shared, query.shape[1] // shared.shape[1])[0]
    return repeated
