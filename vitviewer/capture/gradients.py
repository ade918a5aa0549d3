"""Gradients of an answer at every layer's attention, by one pass forward and back.

No N×N matrix is kept: the gradient of an attention matrix is that of its product with
the values, ∂y/∂A = ∂y/∂O · Vᵀ, and is made block by block where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


@dataclass(frozen=True)
class Gradients:
    """What the answer depends on, layer by layer; of the first picture.

    Parameters
    ----------
    answer : float
        What is explained, as this pass computed it.
    outputs : list of (heads, tokens, width)
        ∂y/∂O, O = A v.
    values : list of (key heads, tokens, width)
        v.
    inputs, at_inputs : list of (tokens, model width)
        What each attention layer reads, the normalised residual stream z, and ∂y/∂z.
    read : bool (tokens,)
        Which tokens the answer is read from after the last block.
    """

    answer: float
    outputs: list[torch.Tensor]
    values: list[torch.Tensor]
    inputs: list[torch.Tensor]
    at_inputs: list[torch.Tensor]
    read: torch.Tensor


def gradients(
    replay: Replay,
    target: Callable[[Any], torch.Tensor],
    check: Callable[[], None] = lambda: None,
) -> Gradients:
    """Run the pass again and differentiate its answer.

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
        If some layer's attention did not come by, or a gradient is not finite.
    """
    watch = _Watch(check)
    with replay.with_gradients() as parameters:
        with _watching(watch, replay), watch:
            answer = target(replay.run(parameters))
        n = replay.n_layers
        if len(watch.outputs) != n or len(watch.inputs) != n or watch.last is None:
            raise ModelError(
                f"The attention of only {len(watch.outputs)} of {n} layers could be "
                "followed: choose another method."
            )
        wanted = [*watch.outputs, *watch.inputs, watch.last]
        found = torch.autograd.grad(answer, wanted, allow_unused=True)
    made = [
        torch.zeros_like(t) if g is None else g
        for t, g in zip(wanted, found, strict=True)
    ]
    if not all(bool(torch.isfinite(g).all()) for g in made):
        raise ModelError(
            "Some gradients of this answer are not finite numbers: run the model in "
            "float32, or choose another picture."
        )
    return Gradients(
        answer=float(answer.detach()),
        outputs=[_by_head(g) for g in made[:n]],
        values=[_by_head(value) for value in watch.values],
        inputs=[_rows(z.detach()) for z in watch.inputs],
        at_inputs=[_rows(g) for g in made[n : 2 * n]],
        read=(_rows(made[-1]) != 0.0).any(dim=-1),
    )


def _by_head(tensor: torch.Tensor) -> torch.Tensor:
    return tensor[0] if tensor.ndim == 4 else tensor


def _rows(tensor: torch.Tensor) -> torch.Tensor:
    """Return the first picture's (tokens, width)."""
    return tensor.reshape(-1, *tensor.shape[-2:])[0]


@contextmanager
def _watching(watch: _Watch, replay: Replay) -> Iterator[None]:
    """Tell which module runs, and when the blocks begin and end."""
    first, last = replay.blocks
    handles = [
        first.register_forward_pre_hook(watch.begin, with_kwargs=True),
        last.register_forward_hook(watch.end),
    ]
    for module in replay.module.modules():
        handles += [
            module.register_forward_pre_hook(watch.enter, with_kwargs=True),
            module.register_forward_hook(watch.leave),
        ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Watch(TorchFunctionMode):
    """Keep what attention reads and puts out; the graph begins at the first block."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__()
        self.outputs: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []
        self.inputs: list[torch.Tensor] = []
        self.last: torch.Tensor | None = None
        self._check = check
        self._within = False
        self._reading: list[torch.Tensor | None] = []
        self._softmax: torch.Tensor | None = None

    def begin(
        self, _block: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Let gradients come as far as the first block's input."""
        self._within = True
        if args:
            return (args[0].detach().requires_grad_(), *args[1:]), kwargs
        name = next(iter(kwargs))
        return args, {**kwargs, name: kwargs[name].detach().requires_grad_()}

    def end(self, _block: torch.nn.Module, _inputs: Any, output: Any) -> None:
        """Keep what the last block puts out."""
        self._within = False
        self.last = output[0] if isinstance(output, tuple) else output

    def enter(
        self, _module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Note what the module that runs now was given first."""
        given = [t for t in (*args, *kwargs.values()) if isinstance(t, torch.Tensor)]
        self._reading.append(given[0] if given else None)

    def leave(self, *_: Any) -> None:
        """Go back to the module around it."""
        self._reading.pop()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run a function; keep it if it is attention of a block."""
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        if not self._within:
            return output
        if func is functional.scaled_dot_product_attention:
            self._note(output, kwargs["value"] if "value" in kwargs else args[2])
        elif func in _SOFTMAX:
            self._softmax = output
        elif func in _PRODUCTS and self._is_attention(args[0]):
            self._softmax = None
            self._note(output, args[1])
        return output

    def _is_attention(self, tensor: torch.Tensor) -> bool:
        last = self._softmax
        return last is not None and tensor.data_ptr() == last.data_ptr()

    def _note(self, output: torch.Tensor, value: torch.Tensor) -> None:
        self._check()
        self.outputs.append(output)
        self.values.append(value.detach())
        if self._reading and self._reading[-1] is not None:
            self.inputs.append(self._reading[-1])
