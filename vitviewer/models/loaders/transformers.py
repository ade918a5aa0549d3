"""Load weights through transformers and make them ours: owned, unmapped, reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers.utils import logging as transformers_logging

from vitviewer.capture import attention_function as capture
from vitviewer.errors import Cancelled
from vitviewer.models.checkpoint.config import labels
from vitviewer.models.checkpoint.tensors import read_tensors
from vitviewer.models.checkpoint.weights import element_counts, too_few
from vitviewer.models.families.family import CapturePath
from vitviewer.models.loaders.fitting import fitted
from vitviewer.models.loaders.report import (
    IMPLEMENTATIONS,
    LoadReport,
    check_mostly_loaded,
    infinite_tensors,
    surplus_layers,
)

if TYPE_CHECKING:
    from vitviewer.models.checkpoint.config import ModelFolder
    from vitviewer.models.checkpoint.tensors import Tensors
    from vitviewer.models.families.blueprint import Blueprint

_MOST_RANDOM = 32 << 20


def load_module(
    folder: ModelFolder,
    blueprint: Blueprint,
    path: CapturePath,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Any, LoadReport]:
    """Load a checked folder's encoder, to be recorded; weights keep their dtype.

    Raises
    ------
    ModelError
        If the weights are those of another model.
    Cancelled
        If ``cancelled()`` became true.
    """
    capture.register()
    architecture = getattr(transformers, blueprint.architecture)
    settings = _settings(blueprint, architecture.config_class)

    def fill(tensors: Tensors) -> tuple[Any, LoadReport]:
        # No path is given: transformers would look for other files beside the weights,
        # and where peft is installed apply an adapter that it finds there.
        module, info = architecture.from_pretrained(
            None,
            state_dict=tensors,
            config=config,
            attn_implementation=IMPLEMENTATIONS[path],
            dtype="auto",
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            key_mapping=blueprint.renames or None,
            **blueprint.options,
        )
        return module, _report(module, info, blueprint)

    with _quiet():
        config = architecture.config_class.from_dict(settings)
        _check_size(architecture, deepcopy(config), folder)
        module, report = fitted(read_tensors(folder.path), folder.path, fill)
    check_mostly_loaded(report, folder.path)
    _own_weights(module, cancelled)
    infinite = infinite_tensors(module, cancelled)
    return module.eval().requires_grad_(False), replace(report, infinite=infinite)


def _settings(blueprint: Blueprint, config_class: Any) -> dict[str, Any]:
    """Return what the config is made from, without what would replace its methods."""
    settings = {**_labelled(blueprint.config), **blueprint.family.overrides}
    settings.pop("quantization_config", None)  # it was found to be empty
    if blueprint.whole is not None:
        settings.pop("vision_config", None)  # a tower has no tower
    return {
        key: value
        for key, value in settings.items()
        if not callable(getattr(config_class, key, None))
    }


def _check_size(architecture: Any, config: Any, folder: ModelFolder) -> None:
    """Refuse a config that describes far more numbers than the files hold.

    What they do not hold becomes random numbers, in memory. The model is made without
    its numbers first, and its tensors are compared with the files' by their sizes;
    those that differ may as well be parts of one another, so their sums are compared.
    """
    with torch.device("meta"):
        module = architecture(config)
    wanted = Counter(tensor.numel() for tensor in module.state_dict().values())
    held = element_counts(folder.path)
    if _sum(wanted - held) > _sum(held - wanted) + _MOST_RANDOM:
        raise too_few(folder.path)


def _sum(counts: Counter[int]) -> int:
    return sum(size * times for size, times in counts.items())


def _labelled(config: dict[str, Any]) -> dict[str, Any]:
    """Return the config with a label for every class."""
    settings = dict(config)
    named = labels(settings)
    if named is not None:
        settings.pop("num_labels", None)
        settings["id2label"] = named
        settings["label2id"] = {label: i for i, label in named.items()}
    return settings


def _report(module: Any, info: dict[str, Any], blueprint: Blueprint) -> LoadReport:
    """Sort what transformers only logs; missing keys would stay random."""
    names = module.state_dict().keys()
    unexpected = sorted(info["unexpected_keys"])
    surplus = surplus_layers(unexpected, names)
    # A backbone out of a larger file leaves the other parts' tensors over.
    rest = (
        [k for k in unexpected if k not in surplus] if blueprint.is_classifier else []
    )
    return LoadReport(
        n_tensors=len(names),
        missing=tuple(
            sorted(k for k in info["missing_keys"] if _is_used(k, blueprint))
        ),
        mismatched=tuple(sorted(_name(entry) for entry in info["mismatched_keys"])),
        surplus=tuple(surplus),
        unexpected=tuple(rest),
    )


def _name(entry: Any) -> str:
    return entry if isinstance(entry, str) else str(entry[0])


def _is_used(key: str, blueprint: Blueprint) -> bool:
    """Return whether attention or the answer depends on a tensor."""
    pooler = "pooler." in key and not blueprint.is_classifier
    return not pooler and "mask_token" not in key


def _own_weights(module: Any, cancelled: Callable[[], bool]) -> None:
    """Copy the weights out of the memory-mapped file.

    A mapped file that is truncated later would kill the process, one that is
    overwritten would change the answers.
    """
    for tensor in (*module.parameters(), *module.buffers()):
        if cancelled():
            raise Cancelled
        tensor.data = tensor.data.clone()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' log and progress bars off the terminal while it loads."""
    verbosity = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity(transformers_logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()
