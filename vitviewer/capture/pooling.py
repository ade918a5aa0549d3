"""The attention of a pooling head: how much of each token goes into the embedding.

SigLIP and AIMv2 read their tokens through one learned query (Lee et al. 2019,
arXiv:1810.00825, "Set Transformer", equation 11, with one seed). Its row is recorded
beside the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from vitviewer.capture.function_modes import sdpa_layer
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.capture.recording import Recording


@contextmanager
def watch_pooling(module: torch.nn.Module, record: Recording) -> Iterator[None]:
    """Record attention that has one query over all tokens, while the context lasts."""
    heads = [m for m in module.modules() if isinstance(m, torch.nn.MultiheadAttention)]
    with ExitStack() as stack:
        for head in heads:
            handle = head.register_forward_hook(_noter(record), with_kwargs=True)
            stack.callback(handle.remove)
        if not heads:
            stack.enter_context(_OneQueryMode(record))
        yield


def _noter(record: Recording) -> Callable[..., None]:
    """Return a forward hook that keeps what a ``MultiheadAttention`` was given."""

    def note(
        head: torch.nn.MultiheadAttention,
        inputs: tuple[torch.Tensor, ...],
        options: dict[str, Any],
        _output: Any,
    ) -> None:
        query, key = inputs[:2]
        if query.shape[1] == 1:
            record.pool = _pool_layer(head, query, key, options.get("attn_mask"))

    return note


def _pool_layer(
    head: torch.nn.MultiheadAttention,
    query: torch.Tensor,
    key: torch.Tensor,
    mask: torch.Tensor | None,
) -> ProductLayer:
    """Project query and keys as the head does, (1, tokens, width) each."""
    weights = head.in_proj_weight.chunk(3)
    biases = head.in_proj_bias.chunk(3)
    q = functional.linear(query[0], weights[0], biases[0])
    k = functional.linear(key[0], weights[1], biases[1])
    split = [t.reshape(len(t), head.num_heads, -1).transpose(0, 1) for t in (q, k)]
    return ProductLayer(split[0], split[1], split[0].shape[-1] ** -0.5, mask)


class _OneQueryMode(TorchFunctionMode):
    """Record ``scaled_dot_product_attention`` that has one query."""

    def __init__(self, record: Recording) -> None:
        super().__init__()
        self._record = record

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is functional.scaled_dot_product_attention:
            layer = sdpa_layer(*args, **kwargs)
            if layer is not None and layer.n_queries == 1:
                self._record.pool = layer
        return func(*args, **kwargs)
