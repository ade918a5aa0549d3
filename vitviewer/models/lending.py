"""Make a user's module ours for the length of a pass, and put all back after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import Any

import torch

from vitviewer.models.families.family import CapturePath
from vitviewer.models.loaders.report import IMPLEMENTATIONS

_SWITCHES = {
    # Under these names, and not through the properties, which write to every sub-config
    # and check one another.
    "_output_attentions": False,
    "output_hidden_states": False,
    "return_dict": True,
}
_ATTENTION = "_attn_implementation_internal"
_ABSENT = object()
# One for all: modules that are lent at the same time may have parts in common.
_LOCK = RLock()


@contextmanager
def lent(
    module: torch.nn.Module,
    path: CapturePath,
    overrides: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Evaluate a module without gradients and with our attention in the context.

    Every submodule's training flag, every config's attention and outputs, and the grad
    mode are as before afterwards, also after an error. Weights, their
    ``requires_grad``, device and dtype are never touched. Other threads that lend a
    module wait.

    Parameters
    ----------
    module : Module
        Of transformers; hooks that it has stay and run.
    path : CapturePath
        Which attention to put in force.
    overrides : mapping, optional
        Further settings of the module's configs.
    """
    settings = {**_SWITCHES, **(overrides or {}), _ATTENTION: IMPLEMENTATIONS[path]}
    with _LOCK, ExitStack() as stack:
        for config in configs_of(module):
            stack.enter_context(_changed(config, settings))
        stack.enter_context(_evaluating(module))
        # The facts name the weights' dtype: the pass has to be in it.
        kind = next(module.parameters()).device.type
        stack.enter_context(torch.autocast(kind, enabled=False))
        stack.enter_context(torch.no_grad())
        yield


def configs_of(module: torch.nn.Module) -> list[Any]:
    """List the configs that a module or any part of it reads, each once."""
    held = (getattr(part, "config", None) for part in module.modules())
    return list({id(c): c for c in held if hasattr(c, _ATTENTION)}.values())


@contextmanager
def _changed(config: Any, settings: Mapping[str, Any]) -> Iterator[None]:
    """Change attributes of a config; afterwards they are as before, or not there."""
    attributes = vars(config)
    before = {name: attributes.get(name, _ABSENT) for name in settings}
    attributes.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is _ABSENT:
                attributes.pop(name, None)
            else:
                attributes[name] = value


@contextmanager
def _evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Clear the training flags, past ``train()``, which a class may have of its own."""
    before = [(part, part.training) for part in module.modules()]
    try:
        for part, _ in before:
            part.training = False
        yield
    finally:
        for part, training in before:
            part.training = training
