"""How an answer depends on what each block wrote into it, and on nothing in between.

A pre-norm encoder adds the outputs of its attention and MLP layers to one residual
stream, which the final norm and the head read. With the attention's outputs, the MLPs'
outputs and the embedding taken as given, and the scale of every norm held at what it
was in this pass, the answer is linear in them and in the biases:

    y = Σ ⟨written, ∂y/∂written⟩ + Σ ⟨bias, ∂y/∂bias⟩

which is Euler's theorem for homogeneous functions of degree 1. Elhage et al. 2021 ("A
Mathematical Framework for Transformer Circuits") call this direct logit attribution;
Gandelsman et al. 2024 (arXiv:2310.05916) use it on CLIP. No family's structure is
written down here: the pass runs once more with the given parts as leaves, so that the
gradients go from the answer straight to them. That the parts sum to the answer proves
that none was missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from vitviewer.capture.following import (
    SOFTMAX,
    TIMES,
    FollowMode,
    by_head,
    derivatives,
)
from vitviewer.capture.held import HELD
from vitviewer.errors import ModelError

if TYPE_CHECKING:
    from vitviewer.capture.replay import Replay

_ACTIVATIONS = {
    *(functional.gelu, functional.silu, functional.relu, functional.sigmoid),
    *(torch.relu, torch.sigmoid, torch.tanh, functional.tanh, functional.mish),
    *(torch.Tensor.relu, torch.Tensor.sigmoid, torch.Tensor.tanh),
    *(functional.hardswish, functional.elu, functional.leaky_relu),
}


@dataclass(frozen=True)
class DirectPath:
    """An answer as a sum of what was written into it.

    Parameters
    ----------
    answer : float
        What is explained, as this pass computed it.
    pulled : list of (heads, tokens, width)
        Of each layer, how the answer changes with attention × V: ∂y/∂O.
    values : list of (key heads, tokens, width)
        Of each layer, V.
    attention, mlp, embedding, bias : float
        What the attention layers, the MLPs, the embedding of patches and positions, and
        all biases wrote.
    size : float
        The sum of the sizes of all numbers that were added: what rounding is a part of.
    is_linearised : bool
        Whether something after the last block bends, so that the sum is a tangent.
    """

    answer: float
    pulled: list[torch.Tensor]
    values: list[torch.Tensor]
    attention: float
    mlp: float
    embedding: float
    bias: float
    size: float
    is_linearised: bool

    @property
    def rest(self) -> float:
        """What the parts leave over: rounding, or what a bend after the blocks made."""
        return self.answer - self.attention - self.mlp - self.embedding - self.bias


def direct_path(
    replay: Replay,
    target: Callable[[Any], torch.Tensor],
    check: Callable[[], None] = lambda: None,
) -> DirectPath:
    """Run the pass again and pull its answer back to what was written into it.

    Parameters
    ----------
    replay : Replay
    target : callable
        Takes the model's output and returns the number to explain.
    check : callable, optional
        Called at every layer; may raise.

    Raises
    ------
    ModelError
        If the attention of some layer did not come by.
    """
    mode = _DirectPath(check)
    with replay.with_gradients() as parameters:
        biases, places = _constants(parameters)
        with replay.at_blocks(mode.enter, mode.leave), mode:
            output = replay.run(parameters)
        answer = target(output)
        if len(mode.outputs) != replay.n_layers or mode.embedding is None:
            raise ModelError(
                f"The attention of only {len(mode.outputs)} of {replay.n_layers} "
                "layers could be followed, so this model has no budget: choose another "
                "method."
            )
        leaves = [*mode.outputs, *mode.hidden, mode.embedding, *places, *biases]
        gradients = derivatives(answer, leaves)
    products = [
        leaf.detach().double() * g.double()
        for leaf, g in zip(leaves, gradients, strict=True)
    ]
    sums = [float(product.sum()) for product in products]
    first, second = len(mode.outputs), len(mode.outputs) + len(mode.hidden)
    third = second + 1 + len(places)
    return DirectPath(
        answer=float(answer.detach()),
        pulled=[by_head(g) for g in gradients[:first]],
        values=[by_head(value) for value in mode.values],
        attention=sum(sums[:first]),
        mlp=sum(sums[first:second]),
        embedding=sum(sums[second:third]),
        bias=sum(sums[third:]),
        size=sum(float(product.abs().sum()) for product in products),
        is_linearised=mode.bends,
    )


def _constants(
    parameters: Mapping[str, torch.Tensor],
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return the biases, and the positions that some models add in every block."""
    biases, places = [], []
    for name, parameter in parameters.items():
        if name.endswith("bias"):
            biases.append(parameter.requires_grad_())
        elif name.endswith(("position_embeddings", "pos_embed")):
            places.append(parameter.requires_grad_())
    return biases, places


class _DirectPath(FollowMode):
    """Take what blocks write as given, and hold norms and what pools."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__(check)
        self.outputs: list[torch.Tensor] = []
        self.hidden: list[torch.Tensor] = []
        self.embedding: torch.Tensor | None = None
        self.bends = False
        self._active: torch.Tensor | None = None

    def enter(self, stream: torch.Tensor) -> torch.Tensor:
        """Take the residual stream before the first block as the embedding."""
        self.embedding = _leaf(super().enter(stream))
        return self.embedding

    # --- what is cut, and what is held ------------------------------------------------

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run a function, with a leaf in place of what a block writes."""
        kwargs = kwargs or {}
        if self.within and self.attends(func, args, kwargs):
            self.outputs.append(_leaf(func(*args, **kwargs)))
            return self.outputs[-1]
        if func in HELD:
            return HELD[func](*args, **kwargs)
        if self.within:
            return self._in_block(func, args, kwargs)
        if func in SOFTMAX:
            return func(*args, **kwargs).detach()  # a pooling head's attention
        output = func(*args, **kwargs)
        if func in _ACTIVATIONS and output.requires_grad:
            self.bends = True
        return output

    def _in_block(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if func in SOFTMAX:
            attention = func(*args, **kwargs).detach()
            self.note_softmax(attention)
            return attention
        if func in _ACTIVATIONS:
            return self._activated(func(*args, **kwargs))
        if func in TIMES and self._is_active(*args):
            self.hidden.pop()  # a gate: the product is what the MLP's end reads
            return self._activated(func(*args, **kwargs))
        if func is functional.linear and self._is_active(args[0]):
            return self._written(*args, **kwargs)
        return func(*args, **kwargs)

    def _is_active(self, *tensors: object) -> bool:
        return self._active is not None and any(t is self._active for t in tensors)

    def _activated(self, output: torch.Tensor) -> torch.Tensor:
        self._active = _leaf(output)
        self.hidden.append(self._active)
        return self._active

    def _written(
        self,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Take an MLP's output, a quarter as wide, in place of what it is made of."""
        self._active = None
        self.hidden[-1] = _leaf(functional.linear(hidden, weight))
        return self.hidden[-1] if bias is None else self.hidden[-1] + bias


def _leaf(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().requires_grad_()
