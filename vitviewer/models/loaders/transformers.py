"""Load weights through transformers and make them ours: owned, unmapped, reported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers.utils import logging as transformers_logging

from vitviewer.capture import attention_function as capture
from vitviewer.errors import Cancelled, ModelError
from vitviewer.models.checkpoint.config import labels
from vitviewer.models.checkpoint.weights import element_counts, too_few
from vitviewer.models.families.family import CapturePath
from vitviewer.text import quoted

if TYPE_CHECKING:
    from vitviewer.models.checkpoint.config import ModelFolder
    from vitviewer.models.families.blueprint import Target

IMPLEMENTATIONS = {
    CapturePath.ATTENTION_FUNCTION: capture.NAME,
    CapturePath.SDPA: "sdpa",
    CapturePath.EAGER: "eager",
}
_MOST_RANDOM = 32 << 20
_NUMBER = re.compile(r"\.\d+\.")
_HEADS = ("classifier.", "cls_classifier.", "distillation_classifier.")


@dataclass(frozen=True)
class LoadReport:
    """How a checkpoint's tensors fitted the model.

    ``missing`` and ``mismatched`` tensors hold random numbers; ``surplus`` are layers
    that the config leaves out; ``unexpected`` belongs to nothing in this model;
    ``infinite`` tensors hold values that are not finite numbers.
    """

    n_tensors: int
    missing: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    infinite: tuple[str, ...] = ()

    @property
    def random(self) -> tuple[str, ...]:
        """Tensors that are not the checkpoint's."""
        return self.missing + self.mismatched

    @property
    def lacks_classifier(self) -> bool:
        """Whether the classifier, or a part of it, is random."""
        return any(name.startswith(_HEADS) for name in self.random)


def load_module(
    folder: ModelFolder,
    target: Target,
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
    architecture = getattr(transformers, target.architecture)
    settings = _settings(target, architecture.config_class)
    with _quiet():
        config = architecture.config_class.from_dict(settings)
        _check_size(architecture, deepcopy(config), folder)
        module, info = architecture.from_pretrained(
            folder.path,
            config=config,
            attn_implementation=IMPLEMENTATIONS[path],
            dtype="auto",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            key_mapping=target.renames or None,
            **target.options,
        )
    report = _report(module, info, target)
    if 2 * len(report.random) > report.n_tensors:
        raise ModelError(
            f"The weights in {quoted(folder.path.name)} are not those of its "
            f"config.json ({len(report.random)} of {report.n_tensors} tensors are "
            "missing or of another shape): download the model again."
        )
    infinite = _own_weights(module, cancelled)
    return module.eval().requires_grad_(False), _with(report, infinite)


def _settings(target: Target, config_class: Any) -> dict[str, Any]:
    """Return what the config is made from, without what would replace its methods."""
    settings = {**_labelled(target.config), **target.family.overrides}
    settings.pop("quantization_config", None)  # it was found to be empty
    if target.whole is not None:
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


def _report(module: Any, info: dict[str, Any], target: Target) -> LoadReport:
    """Sort what transformers only logs; missing keys would stay random.

    A layer that the config leaves out is called like one that the model has, but for
    its number; what else is unexpected belongs to other parts of a larger model.
    """
    names = module.state_dict().keys()
    stems = {_NUMBER.sub(".#.", name) for name in names}
    unexpected = sorted(info["unexpected_keys"])
    surplus = [
        k for k in unexpected if _NUMBER.search(k) and _NUMBER.sub(".#.", k) in stems
    ]
    # A backbone out of a larger file leaves the other parts' tensors over.
    rest = [k for k in unexpected if k not in surplus] if target.is_classifier else []
    return LoadReport(
        n_tensors=len(names),
        missing=tuple(sorted(k for k in info["missing_keys"] if _is_used(k, target))),
        mismatched=tuple(sorted(_name(entry) for entry in info["mismatched_keys"])),
        surplus=tuple(surplus),
        unexpected=tuple(rest),
    )


def _name(entry: Any) -> str:
    return entry if isinstance(entry, str) else str(entry[0])


def _is_used(key: str, target: Target) -> bool:
    """Tell whether attention or the answer depends on a tensor."""
    pooler = "pooler." in key and not target.is_classifier
    return not pooler and "mask_token" not in key


def _with(report: LoadReport, infinite: tuple[str, ...]) -> LoadReport:
    fields = {**vars(report), "infinite": infinite}
    return LoadReport(**fields)


def _own_weights(module: Any, cancelled: Callable[[], bool]) -> tuple[str, ...]:
    """Copy weights out of the memory-mapped file; name those that are not finite.

    A mapped file that is truncated later would kill the process, one that is
    overwritten would change the answers.
    """
    infinite = []
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if cancelled():
            raise Cancelled
        tensor.data = tensor.data.clone()
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            infinite.append(name)
    return tuple(infinite)


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
