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

from vitviewer.capture.following import SOFTMAX, TIMES, FollowMode, alike, by_head
from vitviewer.errors import ModelError

if TYPE_CHECKING:
    from vitviewer.capture.replay import Replay

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
    follow = replay.at_blocks(mode.enter, mode.leave)
    with replay.lend(), torch.no_grad(), follow, mode:
        replay.run_batch(1)
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
    values = by_head(values)[:, :n_tokens].float()
    weight = (
        weight.float() if scale is None else weight.float() * scale.float()[:, None]
    )
    n_heads = weight.shape[1] // values.shape[-1]
    values = values.repeat_interleave(n_heads // len(values), dim=0)
    projection = weight.reshape(len(weight), n_heads, -1).permute(1, 2, 0)
    return Carried(values, projection.contiguous())


class _Follow(FollowMode):
    """Follow each attention's output to the linear layer and the scale behind it."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__(check)
        self.weights: list[torch.Tensor] = []
        self.scales: list[torch.Tensor | None] = []
        self.bends = False
        self._waits = False
        self._projected: torch.Tensor | None = None

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
        if not self.within:
            return output
        if func in SOFTMAX:
            self.note_softmax(output)
        elif self.attends(func, args, kwargs):
            self._waits = True
        elif func is functional.linear and self._waits:
            self._waits = False
            self.weights.append(args[1])
            self.scales.append(None)
            self._projected = output
        elif func in TIMES:
            self._scaled(*args)
        elif func in _NORMS:
            self.bends |= self._waits or alike(args[0], self._projected)
            self._projected = None
        return output

    def _scaled(self, one: Any, other: Any, *_: Any) -> None:
        """Take a factor for each feature as the layer's scale."""
        for tensor, factor in ((one, other), (other, one)):
            if not alike(tensor, self._projected):
                continue
            if isinstance(factor, torch.Tensor) and factor.ndim == 1:
                self.scales[-1], self._projected = factor, None
                return
