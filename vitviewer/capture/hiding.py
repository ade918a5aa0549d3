"""The pass once more, in batches, each without some tokens: nothing may read them.

Keys of hidden tokens get a logit of −inf in every layer, they are left out of a mean
over tokens, and a pooling head's queries do not see them either. Where nothing else
mixes tokens, that is the same as dropping them after positions were added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from vitviewer.capture.following import SOFTMAX
from vitviewer.capture.held import multi_head_attention

if TYPE_CHECKING:
    from vitviewer.capture.replay import Replay
    from vitviewer.tokens import TokenLayout

_MEANS = {torch.mean, torch.Tensor.mean}


def run_without(
    replay: Replay,
    tokens: TokenLayout,
    hidden: torch.Tensor,
    changed: torch.Tensor | None = None,
    check: Callable[[], None] = lambda: None,
) -> Any:
    """Run the model as often as there are rows, each without the tokens it hides.

    Parameters
    ----------
    replay : Replay
    tokens : TokenLayout
    hidden : bool (runs, tokens)
        Which tokens are not there.
    changed : bool (runs,), optional
        In which runs the hidden tokens are given other contents: if they are hidden
        indeed, that changes nothing.
    check : callable, optional
        Called at every layer; may raise.

    Returns
    -------
    The model's output, of a batch of as many pictures.
    """
    device = next(replay.module.parameters()).device
    hidden = hidden.to(device)
    mode = _Hide(hidden, tokens, check)
    if changed is None:
        changed = torch.zeros(len(hidden), dtype=torch.bool)
    places = hidden & changed.to(device)[:, None]
    change = replay.at_blocks(partial(_turned, places))
    with replay.lend(), torch.no_grad(), change, mode:
        return replay.run_batch(len(hidden))


def _turned(places: torch.Tensor, embedding: torch.Tensor) -> torch.Tensor:
    """Turn the signs of some tokens' embeddings."""
    turned = embedding.clone()
    turned[:, : places.shape[1]][places] *= -1.0
    return turned


class _Hide(TorchFunctionMode):
    """Hide keys from attention, and tokens from means."""

    def __init__(
        self, hidden: torch.Tensor, tokens: TokenLayout, check: Callable[[], None]
    ) -> None:
        super().__init__()
        self._hidden = hidden
        self._of_patches = hidden[:, torch.from_numpy(tokens.patches)]
        self._check = check

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run a function without what is hidden."""
        kwargs = kwargs or {}
        if func is functional.scaled_dot_product_attention:
            return self._attend(*args, **kwargs)
        if func is functional.multi_head_attention_forward:
            seen = self._bias(args[1].shape[0], args[1].dtype)
            mask = kwargs.get("attn_mask")
            given = seen if mask is None else seen + mask
            return multi_head_attention(*args, **{**kwargs, "attn_mask": given})
        if func in SOFTMAX and self._are_logits(args[0]):
            self._check()
            bias = self._bias(args[0].shape[-1], args[0].dtype)
            return func(args[0] + bias, *args[1:], **kwargs)
        if func in _MEANS:
            return self._mean(func, args, kwargs)
        return func(*args, **kwargs)

    def _attend(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        *others: Any,
        **options: Any,
    ) -> torch.Tensor:
        self._check()
        bias = self._bias(key.shape[-2], query.dtype)
        if attn_mask is not None and attn_mask.dtype is torch.bool:
            bias = bias.masked_fill(~attn_mask, -torch.inf)
        elif attn_mask is not None:
            bias = bias + attn_mask
        return functional.scaled_dot_product_attention(
            query, key, value, bias, *others, **options
        )

    def _are_logits(self, tensor: torch.Tensor) -> bool:
        n_keys = self._hidden.shape[1]
        return tensor.ndim == 4 and tensor.shape[-1] == n_keys

    def _bias(self, n_keys: int, dtype: torch.dtype) -> torch.Tensor:
        """Return what is added to logits, (runs, 1, 1, keys); padding stays."""
        shape = len(self._hidden), n_keys
        bias = torch.zeros(shape, dtype=dtype, device=self._hidden.device)
        n = min(self._hidden.shape[1], n_keys)
        bias[:, :n].masked_fill_(self._hidden[:, :n], -torch.inf)
        return bias[:, None, None]

    def _mean(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Leave tokens out of a mean over tokens."""
        values = args[0]
        given = args[1] if len(args) > 1 else kwargs.get("dim")
        axes = tuple(given) if isinstance(given, tuple | list) else (given,)
        hidden = next(
            (
                h
                for h in (self._hidden, self._of_patches)
                if axes in ((1,), (-2,)) and values.shape[:2] == h.shape
            ),
            None,
        )
        if values.ndim != 3 or hidden is None:
            return func(*args, **kwargs)
        weights = (~hidden).to(values.dtype)[..., None]
        mean = (values * weights).sum(1) / weights.sum(1)
        keeps = kwargs.get("keepdim", args[2] if len(args) > 2 else False)
        return mean[:, None] if keeps else mean
