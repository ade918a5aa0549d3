"""Make a safetensors file of weights that are a Python pickle: run by hand, once.

``vitviewer convert FOLDER`` reads the pickle with torch's restricted reader, which
makes tensors and nothing else, and writes ``model.safetensors`` beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.json_files import named, read_json
from vitviewer.models.checkpoint.nearby import NOT_THE_MODEL_S
from vitviewer.models.checkpoint.training import model_in
from vitviewer.models.checkpoint.weights import INDEX, PICKLES, WEIGHTS
from vitviewer.models.checkpoint.wrapping import unwrapped
from vitviewer.system.files import replacing

_USUAL = "pytorch_model.bin"
_OLD_INDEX = f"{_USUAL}.index.json"
_PART = re.compile(r"[\w.-]{1,200}\.bin")


def convert(folder: Path, tell: Callable[[str], object] = lambda _: None) -> Path:
    """Write a folder's pickled weights as ``model.safetensors``; return its path.

    Tensors that share their numbers are written each with its own, and names without
    what a training program's wrappers put before them. What is there is never
    replaced.

    Parameters
    ----------
    folder : Path
    tell : callable
        Gets a sentence for each thing that was left out or renamed.

    Raises
    ------
    VitviewerError
        In one sentence, why nothing was written.
    """
    from safetensors.torch import save

    destination = folder / WEIGHTS
    for existing in (destination, folder / INDEX):
        if os.path.lexists(existing):
            raise ModelError(
                f"{named(existing)} exists already: open the folder as it is."
            )
    tensors: dict[str, Any] = {}
    for pickle in _pickles(folder):
        tensors.update(_tensors(pickle, tell))
    tensors, remark = unwrapped(tensors)
    if remark:
        tell(remark)
    data = save(tensors, metadata={"format": "pt"})
    with replacing(destination) as file:
        file.write(data)
    return destination


def _pickles(folder: Path) -> list[Path]:
    """List the files that make up the model."""
    if (folder / _USUAL).exists():
        return [folder / _USUAL]
    if (folder / _OLD_INDEX).exists():
        return _parts(folder)
    found = [path for pattern in PICKLES for path in folder.glob(pattern)]
    found = [path for path in found if not path.name.startswith(NOT_THE_MODEL_S)]
    if len(found) == 1:
        return found
    raise ModelError(
        f"The folder {named(folder)} holds {len(found)} files that may be a model's "
        f"weights: rename the right one to {_USUAL}."
    )


def _parts(folder: Path) -> list[Path]:
    """List the files that the index names, all of its own folder."""
    parts = read_json(folder / _OLD_INDEX).get("weight_map")
    names = list(parts.values()) if isinstance(parts, dict) else []
    if not names or not all(isinstance(n, str) and _PART.fullmatch(n) for n in names):
        raise ModelError(
            f"The index {named(folder / _OLD_INDEX)} does not list .bin files of its "
            "own folder: download the model again."
        )
    return [folder / name for name in sorted(set(names))]


def _tensors(path: Path, tell: Callable[[str], object]) -> dict[str, Any]:
    """Read a pickle's tensors, each with numbers of its own."""
    import torch

    if not path.is_file():
        raise ModelError(f"{named(path)} is not a file: download the model again.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # The reader raises many kinds of exception for what is damaged or no tensor.
        raise ModelError(
            f"{named(path)} holds more than tensors or is damaged: get the model from "
            "its makers as safetensors."
        ) from error
    found = model_in(content if isinstance(content, Mapping) else {})
    if not found.tensors:
        raise ModelError(f"{named(path)} holds no tensors: choose another folder.")
    if found.remark:
        tell(found.remark)
    return {
        name: value.detach().clone().contiguous()
        for name, value in found.tensors.items()
    }
