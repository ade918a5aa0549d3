"""Follow a pass that is run again: its blocks, and attention × V in each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

SOFTMAX = {torch.softmax, functional.softmax, torch.Tensor.softmax}
PRODUCTS = {torch.matmul, torch.bmm, torch.Tensor.matmul, torch.Tensor.__matmul__}
TIMES = {
    *(torch.mul, torch.Tensor.mul, torch.Tensor.mul_),
    *(torch.Tensor.__mul__, torch.Tensor.__rmul__, torch.Tensor.__imul__),
}


class FollowMode(TorchFunctionMode):
    """Know whether a block runs, and which function is attention × V.

    Parameters
    ----------
    check : callable
        Called at every layer; may raise.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__()
        self.values: list[torch.Tensor] = []
        self.within = False
        self._check = check
        self._softmax: torch.Tensor | None = None

    def enter(self, stream: torch.Tensor) -> torch.Tensor:
        """Hear that the first block begins; return the residual stream it gets."""
        self.within = True
        return stream

    def leave(self, _output: torch.Tensor) -> None:
        """Hear that the last block has ended: what follows is a model's head."""
        self.within = False

    def note_softmax(self, attention: torch.Tensor) -> None:
        """Remember what may be attention, in code that multiplies matrices itself."""
        self._softmax = attention

    def attends(
        self, func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> bool:
        """Tell whether a function is a block's attention × V, and keep its V."""
        if func is functional.scaled_dot_product_attention:
            value = kwargs["value"] if "value" in kwargs else args[2]
        elif func in PRODUCTS and alike(args[0], self._softmax):
            self._softmax, value = None, args[1]
        else:
            return False
        self._check()
        self.values.append(value.detach())
        return True


def alike(tensor: Any, other: torch.Tensor | None) -> bool:
    """Tell whether two tensors are one in memory."""
    is_tensor = isinstance(tensor, torch.Tensor)
    return is_tensor and other is not None and tensor.data_ptr() == other.data_ptr()


def by_head(tensor: torch.Tensor) -> torch.Tensor:
    """Return the first picture's (heads, tokens, width)."""
    return tensor[0] if tensor.ndim == 4 else tensor


def derivatives(
    answer: torch.Tensor, tensors: Sequence[torch.Tensor]
) -> list[torch.Tensor]:
    """Return the answer's gradient at each tensor; zeros where it does not depend."""
    found = torch.autograd.grad(answer, tensors, allow_unused=True)
    pairs = zip(tensors, found, strict=True)
    return [torch.zeros_like(t) if g is None else g for t, g in pairs]
