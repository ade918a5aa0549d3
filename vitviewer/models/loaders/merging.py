"""A LoRA adapter and its base become a model's folder: run by hand, once.

``vitviewer merge BASE ADAPTER NEW`` needs no peft: what is not plain LoRA, with all of
its settings known, is refused.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint import config as model_folder
from vitviewer.models.checkpoint import lora
from vitviewer.models.checkpoint.config import PROCESSOR, WHOLE_PROCESSOR
from vitviewer.models.checkpoint.json_files import named, read_json
from vitviewer.models.checkpoint.weights import check_file, check_weights
from vitviewer.models.checkpoint.wrapping import unwrapped
from vitviewer.models.families.blueprint import blueprint_of
from vitviewer.models.families.family import CapturePath
from vitviewer.models.loaders.transformers import load_module

_WEIGHTS = "adapter_model.safetensors"


def merge(base: Path, adapter: Path, destination: Path) -> Path:
    """Write a base model with an adapter merged into it; return the new folder.

    Parameters
    ----------
    base, adapter : Path
        Folders; they can be the same.
    destination : Path
        A folder that does not exist yet.

    Raises
    ------
    ModelError
        In one sentence, why nothing was written.
    """
    from safetensors.torch import load_file

    if os.path.lexists(destination):
        raise ModelError(
            f"{named(destination)} exists already: give the name of a new folder."
        )
    if not os.path.lexists(adapter / lora.ADAPTER):
        raise ModelError(
            f"The folder {named(adapter)} holds no adapter: it has no {lora.ADAPTER}."
        )
    settings = read_json(adapter / lora.ADAPTER)
    check_file(adapter / _WEIGHTS)
    folder = model_folder.read(base)
    blueprint = blueprint_of(folder.config)
    if folder.model_type == model_folder.TIMM:
        raise ModelError(
            "A timm model's adapter cannot be merged here: use peft's merge_and_unload."
        )
    model_folder.check_numbers(folder.config)
    check_weights(folder.path, blueprint.encoder)
    module, _ = load_module(folder, blueprint, CapturePath.EAGER)
    added, _ = unwrapped(load_file(adapter / _WEIGHTS))
    merged = lora.merged({**module.state_dict(), **added}, settings)
    if merged.unmerged or not merged.remark:
        raise ModelError(
            f"The adapter in {named(adapter)} is not plain LoRA that fits this base: "
            "use peft's merge_and_unload instead."
        )
    module.load_state_dict(merged.tensors, strict=False)
    return _saved(module, base, destination)


def _saved(module: object, base: Path, destination: Path) -> Path:
    """Write a model's folder beside its place, then move it there."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent) as place:
        folder = Path(place) / "model"
        module.save_pretrained(folder)  # type: ignore[attr-defined]
        for name in (PROCESSOR, WHOLE_PROCESSOR):
            if (base / name).is_file():
                shutil.copyfile(base / name, folder / name)
        folder.rename(destination)
    return destination
