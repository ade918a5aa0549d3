"""Torch's own attention, and the normaliser that its kernel had of each row.

A fused kernel never makes an N×N matrix, but its online softmax (Dao et al. 2022,
arXiv:2205.14135) ends with every row's log-sum-exp, log Σⱼ exp(logits). These are kept,
4 bytes a token and head: with them any one value of attention is ``exp(logit - lse)``,
and a column costs no more than a row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

# Both are private to torch: where one is missing, nothing is known of normalisers.
_FLASH_ON_CPU = getattr(
    torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu", None
)
_CHOICE = getattr(torch, "_fused_sdp_choice", None)
_FLASH = 1
"""What `_fused_sdp_choice` calls the flash kernel (``SDPBackend.FLASH_ATTENTION``)."""


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Run ``torch.nn.functional.scaled_dot_product_attention``; ask for normalisers.

    The kernel is the one that torch itself would choose, and the output is the same,
    bit for bit.

    Returns
    -------
    output : (batch, heads, queries, width)
    lse : float32, or float64 as the queries (batch, heads, queries); None
        The log-sum-exp of every row's logits, 0 for a row that may read no key. None
        where torch takes a kernel that doesn't tell.
    """
    options: dict[str, Any] = {"scale": scale, "enable_gqa": enable_gqa}
    if _takes_flash(query, key, value, attn_mask, dropout_p, is_causal, options):
        told = _flash(query, key, value, attn_mask, is_causal, scale)
        if told is not None:
            return told
    attention = functional.scaled_dot_product_attention(
        query, key, value, attn_mask, dropout_p, is_causal, **options
    )
    return attention, None


def additive(mask: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """Return a boolean mask as what is added to logits: 0 where it is true, or -inf."""
    blank = torch.zeros(mask.shape, dtype=dtype, device=mask.device)
    return blank.masked_fill_(~mask, -torch.inf)


class KernelMode(TorchFunctionMode):
    """Keep the normalisers of the last attention that ran within the context.

    Attributes
    ----------
    lse : (batch, heads, queries) or None
    """

    def __init__(self) -> None:
        super().__init__()
        self.lse: torch.Tensor | None = None

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run any function; attention by `attend`."""
        if func is not functional.scaled_dot_product_attention:
            return func(*args, **(kwargs or {}))
        output, self.lse = attend(*args, **(kwargs or {}))
        return output


def _flash(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    is_causal: bool,
    scale: float | None,
) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Run the flash kernel of the CPU; None if this torch's takes other words."""
    if mask is not None and mask.dtype == torch.bool:
        mask = additive(mask, query.dtype)
    assert _FLASH_ON_CPU is not None
    try:
        output, lse = _FLASH_ON_CPU(
            query, key, value, 0.0, is_causal, attn_mask=mask, scale=scale
        )
    except (RuntimeError, TypeError):
        return None
    return output, lse


def _takes_flash(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    dropout: float,
    is_causal: bool,
    options: dict[str, Any],
) -> bool:
    """Tell whether torch would take the flash kernel of the CPU."""
    if _FLASH_ON_CPU is None or _CHOICE is None or query.device.type != "cpu":
        return False
    if dropout or (is_causal and mask is not None):
        return False
    if torch.is_autocast_enabled("cpu"):  # it casts for torch's function only
        return False
    chosen = _CHOICE(query, key, value, mask, dropout, is_causal, **options)
    return int(chosen) == _FLASH
