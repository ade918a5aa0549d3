"""Norms whose scale is held, and attention whose weights are: linear in what they read.

Each computes what torch's own function does, as a linear function of its input at this
very input; gradients through them leave the scale, or the weights, as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional


def layer_norm(
    values: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    eps: float = 1e-5,
) -> torch.Tensor:
    """Normalise as `torch.nn.functional.layer_norm` (Ba et al. 2016, arXiv:1607.06450).

    The mean is taken away as ever; the standard deviation is held.
    """
    axes = tuple(range(-len(normalized_shape), 0))
    wide = _wide(values)
    centred = wide - wide.mean(axes, keepdim=True)
    scale = torch.rsqrt(centred.detach().square().mean(axes, keepdim=True) + eps)
    return _affine(centred * scale, values, weight, bias)


def rms_norm(
    values: torch.Tensor,
    normalized_shape: Sequence[int],
    weight: torch.Tensor | None = None,
    eps: float | None = None,
) -> torch.Tensor:
    """Normalise as `torch.nn.functional.rms_norm` (arXiv:1910.07467), scale held."""
    axes = tuple(range(-len(normalized_shape), 0))
    wide = _wide(values)
    least = torch.finfo(values.dtype).eps if eps is None else eps
    scale = torch.rsqrt(wide.detach().square().mean(axes, keepdim=True) + least)
    return _affine(wide * scale, values, weight, None)


def rsqrt(values: torch.Tensor, **options: Any) -> torch.Tensor:
    """Hold what norms written out in a model's own code divide by."""
    return torch.rsqrt(values, **options).detach()


def attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    **options: Any,
) -> torch.Tensor:
    """Attend as ``scaled_dot_product_attention`` does, with weights that are held."""
    with torch.no_grad():
        # The weights are what attention makes of the keys' unit vectors.
        n_keys = key.shape[-2]
        eye = torch.eye(n_keys, dtype=value.dtype, device=value.device)
        eye = eye.expand(*value.shape[:-2], n_keys, n_keys)
        weights = functional.scaled_dot_product_attention(
            query, key, eye, attn_mask, dropout_p, is_causal, scale=scale, **options
        )
    return weights @ value


def multi_head_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: torch.Tensor,
    in_proj_bias: torch.Tensor,
    *others: Any,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attend as ``torch.nn.MultiheadAttention`` does, with weights that are held.

    Tokens come first: (tokens, batch, width).
    """
    _bias_k, _bias_v, _zero, _dropout, out_weight, out_bias, *_ = others
    weights, biases = in_proj_weight.chunk(3), in_proj_bias.chunk(3)
    parts = zip((query, key, value), weights, biases, strict=True)
    q, k, v = (_split(functional.linear(*part), num_heads) for part in parts)
    mask = options.get("attn_mask")
    if mask is not None:
        mask = mask.reshape(query.shape[1], -1, *mask.shape[-2:])
    joined = attention(q, k, v, mask).permute(2, 0, 1, 3).flatten(2)
    return functional.linear(joined, out_weight, out_bias), None


def _split(tokens: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Turn (tokens, batch, width) into (batch, heads, tokens, width of a head)."""
    n, batch, _ = tokens.shape
    return tokens.reshape(n, batch, n_heads, -1).permute(1, 2, 0, 3)


def _wide(values: torch.Tensor) -> torch.Tensor:
    return values if values.dtype is torch.float64 else values.float()


def _affine(
    normal: torch.Tensor,
    like: torch.Tensor,
    weight: torch.Tensor | None,
    bias: torch.Tensor | None,
) -> torch.Tensor:
    normal = normal if weight is None else normal * weight
    return (normal if bias is None else normal + bias).to(like.dtype)


HELD: dict[Callable[..., Any], Callable[..., Any]] = {
    functional.layer_norm: layer_norm,
    functional.rms_norm: rms_norm,
    torch.rsqrt: rsqrt,
    torch.Tensor.rsqrt: rsqrt,
    functional.scaled_dot_product_attention: attention,
    functional.multi_head_attention_forward: multi_head_attention,
}
"""torch's functions, and what computes the same linearly."""
