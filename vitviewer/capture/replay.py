"""The recorded pass once more, on the same input, with gradients.

A module may belong to someone else: nothing of it is changed, not even which of its
parameters require gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.func import functional_call

from vitviewer.errors import ModelError


@dataclass(frozen=True)
class Replay:
    """Runs a model again on the input of its last recorded pass.

    Parameters
    ----------
    module : Module
    inputs : mapping
        The arguments of the pass.
    n_layers : int
        How many blocks the encoder has.
    lend : callable, optional
        Makes a context in which the module is ours.
    is_small : bool
        Whether one core does a pass in some 50 ms.
    """

    module: torch.nn.Module
    inputs: Mapping[str, Any]
    n_layers: int
    lend: Callable[[], AbstractContextManager[None]] = field(default=nullcontext)
    is_small: bool = False

    def run(self, parameters: Mapping[str, torch.Tensor]) -> Any:
        """Run the model with these tensors in place of its parameters."""
        device = next(iter(parameters.values())).device
        inputs = {
            name: value.to(device) if isinstance(value, torch.Tensor) else value
            for name, value in self.inputs.items()
        }
        return functional_call(self.module, dict(parameters), (), inputs)

    def run_batch(self, count: int) -> Any:
        """Run the model on as many copies of its input."""
        device = next(self.module.parameters()).device
        inputs = {
            name: value.to(device).expand(count, *value.shape[1:])
            if isinstance(value, torch.Tensor)
            else value
            for name, value in self.inputs.items()
        }
        return self.module(**inputs)

    @contextmanager
    def with_gradients(self) -> Iterator[dict[str, torch.Tensor]]:
        """Track gradients in the context; yield the parameters, which require none."""
        with self.lend(), torch.enable_grad():
            yield {name: p.detach() for name, p in self.module.named_parameters()}

    @contextmanager
    def at_blocks(
        self,
        enter: Callable[[torch.Tensor], torch.Tensor],
        leave: Callable[[torch.Tensor], None] = lambda _: None,
    ) -> Iterator[None]:
        """Hand the residual stream over before the first block and after the last.

        The first block gets what ``enter`` makes of it.
        """
        first, last = self.blocks

        def before(
            _block: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
        ) -> tuple[tuple[Any, ...], dict[str, Any]]:
            if args:
                return (enter(args[0]), *args[1:]), kwargs
            name = next(iter(kwargs))
            return args, {**kwargs, name: enter(kwargs[name])}

        def after(_block: torch.nn.Module, _inputs: Any, output: Any) -> None:
            leave(output[0] if isinstance(output, tuple) else output)

        handles = [
            first.register_forward_pre_hook(before, with_kwargs=True),
            last.register_forward_hook(after),
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    @property
    def blocks(self) -> tuple[torch.nn.Module, torch.nn.Module]:
        """The first and the last block of the encoder.

        Raises
        ------
        ModelError
            If there is no list of as many blocks as the encoder has layers.
        """
        for part in self.module.modules():
            if isinstance(part, torch.nn.ModuleList | torch.nn.Sequential):
                blocks = list(part)
                if len(blocks) == self.n_layers:
                    return blocks[0], blocks[-1]
        raise ModelError(
            "This model does not keep its blocks in a list, so what each of them adds "
            "cannot be told: choose another method."
        )
