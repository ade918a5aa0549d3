"""Load weights through transformers and make them ours: whole, finite, unmapped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import transformers
from transformers.utils import logging as transformers_logging

from vitviewer import capture
from vitviewer.errors import Cancelled, ModelError
from vitviewer.image_files import quoted
from vitviewer.model_folder import labels

if TYPE_CHECKING:
    from vitviewer.families import Family
    from vitviewer.model_folder import ModelFolder

_UNUSED_IN_FORWARD = ("pooler.", "mask_token")
_LAYER = re.compile(r"\blayers?\.\d+\.")


def load_module(
    folder: ModelFolder, family: Family, cancelled: Callable[[], bool]
) -> Any:
    """Load a checked folder's model, to be recorded; weights keep their dtype.

    Raises
    ------
    ModelError
        If config and weights do not belong together, or weights are not finite.
    Cancelled
        If ``cancelled()`` became true.
    """
    capture.register()
    name = family.architecture(folder.config)
    architecture = getattr(transformers, name)
    options = family.backbone_options if name == family.backbone else {}
    with _quiet():
        module, info = architecture.from_pretrained(
            folder.path,
            config=architecture.config_class.from_dict(_settings(folder)),
            attn_implementation=capture.NAME,
            dtype="auto",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **options,
        )
    _check_loading(folder, info)
    _own_weights(module, cancelled)
    return module.eval().requires_grad_(False)


def _settings(folder: ModelFolder) -> dict[str, Any]:
    """Return the config with a label for every class."""
    settings = dict(folder.config)
    named = labels(settings)
    if named is not None:
        settings.pop("num_labels", None)
        settings["id2label"] = named
        settings["label2id"] = {label: i for i, label in named.items()}
    return settings


def _check_loading(folder: ModelFolder, info: dict[str, Any]) -> None:
    """Refuse a model that is in part random, or lacks layers; transformers only logs.

    ``missing_keys`` would stay random; layers that the config leaves out are
    ``unexpected_keys``.
    """
    missing = [k for k in info["missing_keys"] if not _is_unused(k)]
    surplus = [k for k in info["unexpected_keys"] if _LAYER.search(k)]
    mismatched = list(info["mismatched_keys"])
    if missing or mismatched or surplus:
        raise ModelError(
            f"The weights in {quoted(folder.path.name)} do not fit its config.json "
            f"({len(missing)} tensors missing, {len(surplus)} too many, "
            f"{len(mismatched)} of another shape): download the model again."
        )


def _is_unused(key: str) -> bool:
    return any(name in key for name in _UNUSED_IN_FORWARD)


def _own_weights(module: Any, cancelled: Callable[[], bool]) -> None:
    """Copy weights out of the memory-mapped file, and check that they are numbers.

    A mapped file that is truncated later would kill the process, one that is
    overwritten would change the answers.
    """
    for tensor in (*module.parameters(), *module.buffers()):
        if cancelled():
            raise Cancelled
        tensor.data = tensor.data.clone()
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                "The model's weights hold values that are not finite numbers: "
                "download it again, or ask whoever trained it."
            )


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
