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

from vitviewer.capture.following import SOFTMAX, FollowMode, by_head, derivatives
from vitviewer.errors import ModelError

if TYPE_CHECKING:
    from vitviewer.capture.replay import Replay


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
        made = derivatives(answer, wanted)
    if not all(bool(torch.isfinite(g).all()) for g in made):
        raise ModelError(
            "Some gradients of this answer are not finite numbers: run the model in "
            "float32, or choose another picture."
        )
    return Gradients(
        answer=float(answer.detach()),
        outputs=[by_head(g) for g in made[:n]],
        values=[by_head(value) for value in watch.values],
        inputs=[_rows(z.detach()) for z in watch.inputs],
        at_inputs=[_rows(g) for g in made[n : 2 * n]],
        read=(_rows(made[-1]) != 0.0).any(dim=-1),
    )


def _rows(tensor: torch.Tensor) -> torch.Tensor:
    """Return the first picture's (tokens, width)."""
    return tensor.reshape(-1, *tensor.shape[-2:])[0]


@contextmanager
def _watching(watch: _Watch, replay: Replay) -> Iterator[None]:
    """Tell which module runs, and when the blocks begin and end."""
    handles: list[Any] = []
    for module in replay.module.modules():
        handles += [
            module.register_forward_pre_hook(watch.begin, with_kwargs=True),
            module.register_forward_hook(watch.end),
        ]
    try:
        with replay.at_blocks(watch.enter, watch.leave):
            yield
    finally:
        for handle in handles:
            handle.remove()


class _Watch(FollowMode):
    """Keep what attention reads and puts out; the graph begins at the first block."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__(check)
        self.outputs: list[torch.Tensor] = []
        self.inputs: list[torch.Tensor] = []
        self.last: torch.Tensor | None = None
        self._reading: list[torch.Tensor | None] = []

    def enter(self, stream: torch.Tensor) -> torch.Tensor:
        """Let gradients come as far as the first block's input."""
        return super().enter(stream).detach().requires_grad_()

    def leave(self, output: torch.Tensor) -> None:
        """Keep what the last block puts out."""
        super().leave(output)
        self.last = output

    def begin(
        self, _module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Note what the module that runs now was given first."""
        given = [t for t in (*args, *kwargs.values()) if isinstance(t, torch.Tensor)]
        self._reading.append(given[0] if given else None)

    def end(self, *_: Any) -> None:
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
        output = func(*args, **(kwargs or {}))
        if self.within and func in SOFTMAX:
            self.note_softmax(output)
        elif self.within and self.attends(func, args, kwargs or {}):
            self.outputs.append(output)
            if self._reading and self._reading[-1] is not None:
                self.inputs.append(self._reading[-1])
        return output
