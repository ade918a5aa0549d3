"""Names that a training program changed by wrapping the model, and the model's own.

PyTorch's parallel and compiled modules, peft and Lightning put a prefix before each
name; a file of self-distillation holds two models, each under its own prefix.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeVar

from vitviewer.text import quoted

Value = TypeVar("Value")

# These can stand within a name as well, where only a part of the model was wrapped.
_WITHIN = re.compile(
    r"(?:(?<=\.)|^)(?:_orig_mod|_forward_module|_fsdp_wrapped_module"
    r"|_checkpoint_wrapped_module)\."
)
_BEFORE = re.compile(r"^(?:module\.|base_model\.model\.)+")
_MOST_LEVELS = 5
_MOST_PARTS = 8
_SHOWN = 4
_PREFERRED = re.compile(r"teacher|(?:^|[._])ema(?:$|[._])|averaged")


def bare(name: str) -> str:
    """Return a name without what is only ever a wrapper's.

    >>> bare("module._orig_mod.vit.encoder._fsdp_wrapped_module.norm.weight")
    'vit.encoder.norm.weight'
    """
    return _BEFORE.sub("", _WITHIN.sub("", name))


def unwrapped(tensors: Mapping[str, Value]) -> tuple[dict[str, Value], str]:
    """Return tensors by their bare names, and a sentence where these are others.

    Nothing is renamed where two tensors would come to the same name.
    """
    renamed = {bare(name): tensor for name, tensor in tensors.items()}
    if len(renamed) < len(tensors) or renamed.keys() == tensors.keys():
        return dict(tensors), ""
    changed = next(name for name in tensors if bare(name) != name)
    return renamed, (
        f"Names such as {quoted(changed)} were read without what a training program "
        "had put before them."
    )


def parts(names: Iterable[str], n_wanted: int) -> list[str]:
    """Return prefixes under which a model of so many tensors may lie, likely first.

    A teacher or an average goes before what it was made from: it is what such
    training hands on.
    """
    counts = Counter(
        ".".join(steps[:level]) + "."
        for steps in (name.split(".") for name in names)
        for level in range(1, min(len(steps), _MOST_LEVELS + 1))
    )
    enough = [
        prefix
        for prefix, count in counts.items()
        if 2 * count >= n_wanted and not re.search(r"\.\d+\.", f".{prefix}")
    ]
    enough.sort(key=lambda p: (not _PREFERRED.search(p[:-1]), p.count(".")))
    return enough[:_MOST_PARTS]


def without(tensors: Mapping[str, Value], prefix: str) -> dict[str, Value]:
    """Take a prefix off the names that have it; others stay, unless one is in the way.

    What lies beside the prefix at the same level is another model's.
    """
    inner = {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
    return {**{k: v for k, v in tensors.items() if not k.startswith(prefix)}, **inner}


def words_for(prefix: str, names: Iterable[str], n_wanted: int) -> str:
    """Say which of a file's models is shown, or what its names were read without."""
    above = prefix[:-1].rpartition(".")[0]
    start = f"{above}." if above else ""
    beside = Counter(
        name.removeprefix(start).partition(".")[0]
        for name in names
        if name.startswith(start)
    )
    models = [step for step, count in beside.items() if 2 * count >= n_wanted]
    others = [step for step in models if f"{start}{step}." != prefix]
    if others:
        listed = ", ".join(quoted(step) for step in others[:_SHOWN])
        return (
            f"The file holds more than one model: shown is {quoted(prefix[:-1])}, not "
            f"{listed}."
        )
    return (
        f"The tensors were read without the {quoted(prefix)} that stands before their "
        "names."
    )
