"""The methods, in the order in which they are offered. Loads no torch.

A new method is a module of this room with a `METHOD` in it, and its name below: the
window, the command line, Python and the documentation find it here.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitviewer.methods.method import Method

MODULES = [
    "vitviewer.methods.attention",
    "vitviewer.methods.rollout",
    "vitviewer.methods.value_norm",
    "vitviewer.methods.value_projection",
    "vitviewer.methods.budget",
    "vitviewer.methods.removal",
    "vitviewer.methods.chefer",
    "vitviewer.methods.token_gradient",
    "vitviewer.methods.grad_cam",
]


def list_methods() -> dict[str, Method]:
    """Return all methods by name."""
    return _load(tuple(MODULES))


def method(name: str) -> Method:
    """Return one method.

    Raises
    ------
    KeyError
        If there is none of that name.
    """
    return list_methods()[name]


@cache
def _load(modules: tuple[str, ...]) -> dict[str, Method]:
    found = [import_module(name).METHOD for name in modules]
    return {one.name: one for one in found}
