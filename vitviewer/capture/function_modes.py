"""Recording of encoders that do not dispatch through registered attention functions.

`SdpaMode` sees every call of torch's ``scaled_dot_product_attention``; `EagerMode`
sees the softmax and the product with V of code that multiplies matrices itself, and
has to keep the matrices. Both are torch function modes: the model is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from vitviewer.capture.attention_function import product_layer, total_bias
from vitviewer.capture.following import PRODUCTS, SOFTMAX
from vitviewer.capture.kernel import attend
from vitviewer.capture.layers import MatrixLayer
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.capture.recording import Recording
from vitviewer.capture.verification import Witness


class SdpaMode(TorchFunctionMode):
    """Record every self-attention that goes through torch's own function."""

    def __init__(self, record: Recording, witness: Witness) -> None:
        super().__init__()
        self._record = record
        self._witness = witness

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run the function; record it if it is attention of all tokens to all."""
        kwargs = kwargs or {}
        if func is not functional.scaled_dot_product_attention:
            return func(*args, **kwargs)
        self._record.check()
        output, lse = attend(*args, **kwargs)
        layer = sdpa_layer(*args, **{**kwargs, "lse": lse})
        if layer is not None and layer.n_queries == layer.n_keys:
            value = kwargs["value"] if "value" in kwargs else args[2]
            self._record.add(layer)
            self._witness.note(self._record.layers[-1], value[0], output[0])
        return output


class EagerMode(TorchFunctionMode):
    """Record every softmax over all tokens that is then multiplied by values."""

    def __init__(self, record: Recording, witness: Witness) -> None:
        super().__init__()
        self._record = record
        self._witness = witness
        self._attention: torch.Tensor | None = None

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run the function; record a softmax as soon as its product is known."""
        self._record.check()
        output = func(*args, **(kwargs or {}))
        if func in SOFTMAX and _is_attention(output):
            self._attention = output
        elif func in PRODUCTS and self._is_ours(args[0]):
            self._note(args[0], args[1], output)
        return output

    def _is_ours(self, tensor: torch.Tensor) -> bool:
        """Tell whether it is the last softmax, or a view of it."""
        last = self._attention
        return last is not None and tensor.data_ptr() == last.data_ptr()

    def _note(
        self, attention: torch.Tensor, value: torch.Tensor, output: torch.Tensor
    ) -> None:
        n = attention.shape[-1]
        layer = MatrixLayer(attention.detach().reshape(-1, n, n))
        self._record.add(layer)
        self._witness.note(
            layer, *(t.reshape(-1, n, t.shape[-1]) for t in (value, output))
        )
        self._attention = None


def _is_attention(tensor: torch.Tensor) -> bool:
    """Tell whether it is (1, heads, N, N) or (heads, N, N)."""
    one_picture = tensor.ndim == 3 or (tensor.ndim == 4 and tensor.shape[0] == 1)
    return one_picture and tensor.shape[-1] == tensor.shape[-2] > 1


def sdpa_layer(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    lse: torch.Tensor | None = None,
) -> ProductLayer | None:
    """Return what a call of ``scaled_dot_product_attention`` was given, if 4-D.

    With dropout there is no telling which keys were left out: None.
    """
    if query.ndim != 4 or dropout_p:
        return None
    mask = attn_mask
    if mask is not None:
        mask = mask[(None,) * (4 - mask.ndim)]
    bias = total_bias(mask)
    return product_layer(query, key, bias, scale, causal=is_causal, lse=lse)
