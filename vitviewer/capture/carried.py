"""What attention carries: each layer's values and the matrix that projects them.

A head adds Σ_j A[i, j] v[j] W to token i of the residual stream. W is the head's slice
of the output projection, with the scale of the layer (LayerScale, arXiv:2103.17239)
where it has one. Both are found by running the pass again and following the attention's
output to the next linear layer, whatever the family calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from vitviewer.errors import ModelError

if TYPE_CHECKING:
    from vitviewer.capture.replay import Replay

_SOFTMAX = {torch.softmax, functional.softmax, torch.Tensor.softmax}
_PRODUCTS = {torch.matmul, torch.bmm, torch.Tensor.matmul, torch.Tensor.__matmul__}
_TIMES = {
    *(torch.mul, torch.Tensor.mul, torch.Tensor.mul_),
    *(torch.Tensor.__mul__, torch.Tensor.__rmul__, torch.Tensor.__imul__),
}
_NORMS = {functional.layer_norm, functional.rms_norm, torch.rsqrt, torch.Tensor.rsqrt}


@dataclass(frozen=True)
class Carried:
    """One layer's values and projection.

    Parameters
    ----------
    values : float32 (heads, tokens, width)
    projection : float32 (heads, width, model width)
    """

    values: torch.Tensor
    projection: torch.Tensor

    def vectors(self, head: int) -> torch.Tensor:
        """Return what a head carries from each token, v W, (tokens, model width)."""
        return self.values[head] @ self.projection[head]


def carried(
    replay: Replay, n_tokens: int, check: Callable[[], None] = lambda: None
) -> list[Carried]:
    """Run the pass again and return what every layer's attention carries.

    Parameters
    ----------
    replay : Replay
    n_tokens : int
        Tokens from there on are padding, and left out.
    check : callable, optional
        Called at every layer; may raise.

    Raises
    ------
    ModelError
        If something else than a linear layer and a scale follows attention.
    """
    mode = _Follow(check)
    with replay.lend(), torch.no_grad():
        first, last = replay.blocks
        handles = [
            first.register_forward_pre_hook(mode.begin),
            last.register_forward_hook(mode.end),
        ]
        try:
            with mode:
                replay.run_batch(1)
        finally:
            for handle in handles:
                handle.remove()
    if mode.bends or len(mode.weights) != replay.n_layers:
        raise ModelError(
            "This model's values go through more than a linear layer, so what each "
            "token's value adds cannot be told: choose another method."
        )
    return [
        _of_layer(*parts, n_tokens)
        for parts in zip(mode.values, mode.weights, mode.scales, strict=True)
    ]


def _of_layer(
    values: torch.Tensor,
    weight: torch.Tensor,
    scale: torch.Tensor | None,
    n_tokens: int,
) -> Carried:
    values = (values[0] if values.ndim == 4 else values)[:, :n_tokens].float()
    weight = (
        weight.float() if scale is None else weight.float() * scale.float()[:, None]
    )
    n_heads = weight.shape[1] // values.shape[-1]
    values = values.repeat_interleave(n_heads // len(values), dim=0)
    projection = weight.reshape(len(weight), n_heads, -1).permute(1, 2, 0)
    return Carried(values, projection.contiguous())


class _Follow(TorchFunctionMode):
    """Follow each attention's output to the linear layer and the scale behind it."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__()
        self.values: list[torch.Tensor] = []
        self.weights: list[torch.Tensor] = []
        self.scales: list[torch.Tensor | None] = []
        self.bends = False
        self._check = check
        self._within = False
        self._waits = False
        self._softmax: torch.Tensor | None = None
        self._projected: torch.Tensor | None = None

    def begin(self, *_: Any) -> None:
        """Follow from the first block on."""
        self._within = True

    def end(self, *_: Any) -> None:
        """Follow no more: heads of a model may attend as well."""
        self._within = False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run a function; note what attention's output goes through."""
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        if not self._within:
            return output
        if func is functional.scaled_dot_product_attention:
            self._attended(kwargs["value"] if "value" in kwargs else args[2])
        elif func in _SOFTMAX:
            self._softmax = output
        elif func in _PRODUCTS and _alike(args[0], self._softmax):
            self._attended(args[1])
        elif func is functional.linear and self._waits:
            self._waits = False
            self.weights.append(args[1])
            self.scales.append(None)
            self._projected = output
        elif func in _TIMES:
            self._scaled(*args)
        elif func in _NORMS:
            self.bends |= self._waits or _alike(args[0], self._projected)
            self._projected = None
        return output

    def _attended(self, value: torch.Tensor) -> None:
        self._check()
        self.values.append(value)
        self._waits, self._softmax = True, None

    def _scaled(self, one: Any, other: Any, *_: Any) -> None:
        """Take a factor for each feature as the layer's scale."""
        for tensor, factor in ((one, other), (other, one)):
            if not _alike(tensor, self._projected):
                continue
            if isinstance(factor, torch.Tensor) and factor.ndim == 1:
                self.scales[-1], self._projected = factor, None
                return


def _alike(tensor: Any, other: torch.Tensor | None) -> bool:
    """Tell whether two tensors are one in memory."""
    is_tensor = isinstance(tensor, torch.Tensor)
    return is_tensor and other is not None and tensor.data_ptr() == other.data_ptr()
