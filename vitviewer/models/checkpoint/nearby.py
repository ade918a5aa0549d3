"""Where the model is, if not at the place that was named: below it, above it, or not.

People open a Trainer's output, the hub's cache, a file of the model, or a folder that
holds it in a form for another program. Each gets one sentence that says what is there.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vitviewer.errors import ElsewhereError, ModelError
from vitviewer.models.checkpoint.json_files import named, read_json
from vitviewer.text import quoted

CONFIG, ADAPTER = "config.json", "adapter_config.json"
_CHECKPOINT = re.compile(r"(?:checkpoint|epoch|step|iter|run)\D{0,3}(\d{1,12})")
_CACHED = re.compile(r"models--(.+?)--(.+)")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt")
NOT_WEIGHTS = ("optimizer", "scheduler", "scaler", "training_args", "rng_state")
NOT_THE_MODEL_S = ("adapter_", "open_clip", *NOT_WEIGHTS)
"""How files begin that are none of a transformers model's own weights."""
_FORMS = {
    ".onnx": "ONNX",
    ".gguf": "GGUF",
    ".h5": "TensorFlow",
    ".keras": "TensorFlow",
    ".pb": "TensorFlow",
    ".msgpack": "Flax",
    ".npz": "JAX",
    ".tflite": "TensorFlow Lite",
    ".mlmodel": "Core ML",
    ".mlpackage": "Core ML",
    ".engine": "TensorRT",
    ".mar": "TorchServe",
}
_FROM_MAKERS = "get it as transformers has it, with config.json and model.safetensors"
_MOST_ENTRIES = 2000
_MOST_LEVELS = 2
_LONGEST_PATH = 160


def argument(path: Path, longest: int = _LONGEST_PATH) -> str:
    """Return a folder as a word of a command, or what to put there."""
    text = str(path.absolute())
    fits = text.isprintable() and len(text) <= longest
    return shlex.quote(text) if fits else "FOLDER"


def no_folder(path: Path) -> ModelError:
    """Return the error of a path that is no folder, such as a file of the model."""
    form = _FORMS.get(path.suffix.lower())
    is_weights = path.suffix.lower() in _WEIGHTS or path.name == CONFIG
    if is_weights and os.path.isfile(path) and _describes(path.parent):
        return _elsewhere(
            f"{quoted(path.name)} is a file of a model, not its folder", path.parent
        )
    if form is not None and os.path.isfile(path):
        return _only_as(quoted(path.name), form)
    return ModelError(f"{named(path)} is not a folder: choose a model's folder.")


def no_config(path: Path) -> ModelError:
    """Return the error of a folder without ``config.json``: where the model is."""
    cached = _in_hub_cache(path)
    if cached is not None:
        return cached
    below = models_below(path)
    if below:
        return _below(path, below, "holds no model itself")
    if os.path.lexists(path / ADAPTER):
        return adapter_alone(path)
    adapters = [entry for entry in _folders(path) if (entry / ADAPTER).is_file()]
    if adapters:
        return adapter_alone(_newest(adapters))
    above = path.absolute().parent
    if _is_whole(above) and not _weights_in(path):
        return _elsewhere(f"The folder {named(path)} is a part of a model's", above)
    return _other_form(path) or _no_description(path)


def no_weights(path: Path, wanted: str) -> ModelError:
    """Return the error of a folder with ``config.json`` and without weights."""
    below = models_below(path)
    if below:
        return _below(path, below, "has a config but no weights itself")
    if os.path.lexists(path / ADAPTER):
        return adapter_alone(path)
    return _other_form(path) or ModelError(
        f"The folder {named(path)} has a config but no weights: it needs {wanted}."
    )


def adapter_alone(path: Path) -> ModelError:
    """Return the error of an adapter's folder: what to do with it."""
    base: object = None
    with suppress(ModelError):
        base = read_json(path / ADAPTER).get("base_model_name_or_path")
    of = f", {quoted(base)}," if isinstance(base, str) and base else ""
    return ModelError(
        f"The folder {named(path)} holds an adapter alone: merge it with its base{of} "
        f"by `vitviewer merge BASE {argument(path)} NEW`, and open that new folder."
    )


def is_place_of_models(path: str) -> bool:
    """Return whether a folder is a model's, or one that models are below; quickly."""
    folder = Path(path)
    if any((folder / name).is_file() for name in (CONFIG, ADAPTER)):
        return True
    if _CACHED.fullmatch(folder.name) and (folder / "snapshots").is_dir():
        return True
    return any(
        _CHECKPOINT.match(entry.name) and (entry / CONFIG).is_file()
        for entry in _folders(folder)
    )


def models_below(path: Path) -> list[Path]:
    """List the folders below that hold a described model with weights, newest first.

    Those of the first level that has any; a Trainer numbers its checkpoints.
    """
    level = [path]
    for _ in range(_MOST_LEVELS):
        level = [entry for folder in level for entry in _folders(folder)]
        found = list(filter(_is_whole, level))
        if found:
            return sorted(found, key=_age, reverse=True)
        level = level[:_MOST_ENTRIES]
    return []


def _below(path: Path, below: list[Path], what: str) -> ElsewhereError:
    inner = quoted(str(below[0].relative_to(path)))
    many = f", but {len(below)} are below it, the newest in {inner}"
    said = many if len(below) > 1 else f", but there is one below it, in {inner}"
    return _elsewhere(f"The folder {named(path)} {what}{said}", below[0])


def _elsewhere(said: str, instead: Path) -> ElsewhereError:
    place = argument(instead, 2 * _LONGEST_PATH)
    then = "open that instead" if place == "FOLDER" else f"open {place} instead"
    return ElsewhereError(f"{said}: {then}.", str(instead))


def _in_hub_cache(path: Path) -> ModelError | None:
    """Say where the model is in a folder that the hub's library keeps."""
    resolved = path.absolute()
    match = _CACHED.fullmatch(resolved.name)
    if match is None:
        parent = resolved.parent
        inner = resolved.name in ("snapshots", "refs", "blobs")
        if inner and _CACHED.fullmatch(parent.name):
            return _in_hub_cache(parent)
        return _cache_itself(resolved)
    repo = f"{match[1]}/{match[2]}"
    snapshot = _snapshot(resolved)
    below = models_below(resolved / "snapshots") if snapshot is None else []
    if below:
        return _below(resolved, below, "of the hub's cache holds no model itself")
    if snapshot is None:
        for entry in sorted(_folders(resolved / "snapshots"), key=_age, reverse=True):
            if os.path.lexists(entry / ADAPTER):
                return adapter_alone(entry)
            other = _other_form(entry)
            if other is not None:
                return other
        then = f"run `hf download {repo}`" if _is_plain(repo) else "download it again"
        return ModelError(
            f"The folder {quoted(resolved.name)} of the hub's cache holds no whole "
            f"download: {then}."
        )
    return _elsewhere(
        f"The folder {quoted(resolved.name)} is where the hub's cache keeps "
        f"{quoted(repo)}, whose files are further below",
        snapshot,
    )


def _cache_itself(path: Path) -> ModelError | None:
    for folder in (path, path / "hub"):
        kept = [e for e in _folders(folder) if _CACHED.fullmatch(e.name)]
        whole = [s for s in map(_snapshot, sorted(kept)) if s is not None]
        if whole:
            count = f"{len(whole)} models" if len(whole) > 1 else "one model"
            return _elsewhere(
                f"The folder {named(path)} is the hub's cache, with {count} in it, "
                "which `vitviewer models` lists",
                whole[0],
            )
    return None


def _snapshot(cached: Path) -> Path | None:
    """Return the snapshot of the main branch, else the newest that is described."""
    with suppress(OSError, ValueError):
        with open(cached / "refs" / "main", encoding="utf-8") as file:
            commit = file.read(100).strip()
        if _COMMIT.fullmatch(commit) and _is_whole(cached / "snapshots" / commit):
            return cached / "snapshots" / commit
    whole = list(filter(_is_whole, _folders(cached / "snapshots")))
    return _newest(whole) if whole else None


def _other_form(path: Path) -> ModelError | None:
    """Name the program that a folder's files are for, if they are for another one."""
    names = [entry.name for entry in _entries(path)]
    if any(name.startswith("open_clip") for name in names):
        return _only_as(f"The folder {named(path)}", "open_clip")
    if "model_index.json" in names:
        return ModelError(
            f"The folder {named(path)} holds a diffusers pipeline, which makes "
            "pictures: use a model that reads them."
        )
    if "zero_to_fp32.py" in names:
        return ModelError(
            f"The folder {named(path)} holds a DeepSpeed checkpoint in pieces: run the "
            "zero_to_fp32.py in it, then `vitviewer convert` on what that writes."
        )
    if any(_is_in_pieces(folder) for folder in (path, *_folders(path))):
        return ModelError(
            f"The folder {named(path)} holds a checkpoint of several machines in "
            "pieces: write them as one with `accelerate merge-weights`."
        )
    for folder in (path, path / "onnx"):
        for entry in _entries(folder):
            form = _FORMS.get(entry.suffix.lower())
            if form is not None:
                return _only_as(f"The folder {named(path)}", form)
    return None


def _is_in_pieces(folder: Path) -> bool:
    return any(entry.suffix == ".distcp" for entry in _entries(folder))


def _only_as(what: str, form: str) -> ModelError:
    return ModelError(
        f"{what} holds its model for {form} alone, which cannot be recorded: "
        f"{_FROM_MAKERS}."
    )


def _no_description(path: Path) -> ModelError:
    weights = sorted(e.name for e in _entries(path) if e.suffix.lower() in _WEIGHTS)
    if weights:
        return ModelError(
            f"The folder {named(path)} holds weights ({quoted(weights[0])}) but no "
            "config.json, which says what they are: put the model's own beside them."
        )
    return ModelError(
        f"The folder {named(path)} holds no model: it has no config.json."
    )


def _describes(folder: Path) -> bool:
    """Return whether a folder's config.json names a kind of model."""
    if not (folder / CONFIG).is_file():
        return False
    with suppress(ModelError):
        config = read_json(folder / CONFIG)
        return "model_type" in config or "architecture" in config
    return False


def _weights_in(folder: Path) -> bool:
    return any(
        entry.suffix in _WEIGHTS
        and not entry.name.startswith(("optimizer", "training"))
        for entry in _entries(folder)
    )


def _is_whole(folder: Path) -> bool:
    return _describes(folder) and _weights_in(folder)


def _newest(folders: list[Path]) -> Path:
    return max(folders, key=_age)


def _age(folder: Path) -> tuple[int, float, str]:
    """Return what orders folders: a checkpoint's number, else when it was written."""
    match = _CHECKPOINT.match(folder.name)
    with suppress(OSError):
        return int(match[1]) if match else -1, folder.stat().st_mtime, folder.name
    return -1, 0.0, folder.name


def _folders(path: Path) -> list[Path]:
    return [entry for entry in _entries(path) if entry.is_dir()]


def _entries(path: Path) -> Iterator[Path]:
    """Yield a bounded number of a folder's entries; none where it is no folder."""
    with suppress(OSError), os.scandir(path) as entries:
        for _, entry in zip(range(_MOST_ENTRIES), entries, strict=False):
            yield Path(entry.path)


def _is_plain(repo: str) -> bool:
    return re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", repo) is not None
