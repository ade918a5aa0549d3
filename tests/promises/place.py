"""The scene: a home, folders of strangers that bring code, and tools that tell."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tests.fake_hub import COMMIT

# What the program or its libraries import, and what the folder's config names.
_MODULES = (
    *("evil", "modeling_evil", "__init__", "conftest", "sitecustomize", "json"),
    *("torch", "numpy", "transformers", "safetensors", "PIL", "timm", "cmap"),
    *("typing", "random", "pyqtgraph", "vitviewer", "huggingface_hub", "torchvision"),
)
_PICKLES = ("pytorch_model.bin", "adapter_model.bin", "model.pt", "optimizer.pt")
_ARCHIVES = ("training_args.bin", "model.pth", "evil.bin")
_TOOLS = (
    *("gs", "uname", "ldconfig", "gcc", "cc", "ld", "file", "git", "hf"),
    *("nvidia-smi", "lscpu", "xdg-open", "sh", "bash", "python", "python3", "objdump"),
)
_AUTO = dict.fromkeys(
    ("AutoConfig", "AutoModel", "AutoModelForImageClassification"), "evil.Evil"
)
_POSTSCRIPT = (
    "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    "(%pipe%touch ran) (w) file closefile\nshowpage\n%%EOF\n"
)
_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    '<image href="http://127.0.0.1:9/x.png"/></svg>'
)


@dataclass(frozen=True)
class Place:
    """Where everything lies; ``marker`` is written by code that must never run."""

    root: Path

    def __getattr__(self, name: str) -> Path:
        return self.root / name

    @property
    def model(self) -> Path:
        """A whole model whose folder also brings code; the current folder."""
        return self.root / "stranger"

    def environment(self, endpoint: str) -> dict[str, str]:
        """Return the variables of a person whose home this is."""
        keep = ("LANG", "LD_LIBRARY_PATH", "SYSTEMROOT", "QT_PLUGIN_PATH")
        root = Path(__file__).parents[2]
        return {
            **{name: os.environ[name] for name in keep if name in os.environ},
            "PATH": os.pathsep.join([str(self.tools), os.environ.get("PATH", "")]),
            "PYTHONPATH": str(root),
            # Python may keep the compiled form of the program beside it: not ours.
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.config),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_DATA_HOME": str(self.data),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "TMPDIR": str(self.temporary),
            "QT_QPA_PLATFORM": "offscreen",
            "HF_ENDPOINT": endpoint,
            "no_proxy": "*",
            # Where cores are busy, waiting for a second one is slow.
            "OMP_NUM_THREADS": "1",
        }

    @property
    def snapshot(self) -> Path:
        """The model that the hub's cache holds."""
        repo = self.cache / "huggingface" / "hub" / "models--org--tiny"
        return repo / "snapshots" / COMMIT

    def models(self) -> list[Path]:
        """Return the folders of models, whatever is wrong with them."""
        return [self.model, self.snapshot, self.pickled, self.indexed]

    def contents(self) -> dict[str, tuple[int, int]]:
        """Return size and time of change of all files; folders have none of either."""
        found = {}
        for path in self.root.rglob("*"):
            state, is_folder = path.lstat(), path.is_dir()
            name = path.relative_to(self.root).as_posix()
            found[name] = (0, 0) if is_folder else (state.st_size, state.st_mtime_ns)
        return found


class _Evil:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self):
        return open, (str(self._marker), "w")


def make_place(root: Path, sound: Path) -> Place:
    """Set the scene; ``sound`` is the folder of a model that is as it should be."""
    place = Place(root.resolve())
    for name in ("home", "config", "cache", "data", "runtime", "temporary", "export"):
        (place.root / name).mkdir()
    place.runtime.chmod(0o700)
    (place.root / "outside").mkdir()
    _make_tools(place)
    _make_stranger(place, sound)
    _make_pickles_only(place, sound)
    _make_index(place, sound)
    _make_pictures(place)
    _make_cached(place)
    crash = place.cache / "vitviewer" / "crash-0.1.0-1.txt"
    crash.parent.mkdir()
    crash.write_text("Fatal Python error: Segmentation fault\n")
    return place


def _make_tools(place: Place) -> None:
    """Put tools first on the PATH that tell when they are started."""
    place.tools.mkdir()
    for name in (*_TOOLS, "sin"):
        tool = place.tools / name
        marker = place.outside / "sin ran" if name == "sin" else place.marker
        tool.write_text(f"#!/bin/sh\necho {name} >>'{marker}'\n")
        tool.chmod(0o755)


def _make_stranger(place: Place, sound: Path) -> None:
    """Make a model's folder that brings code of every kind beside its weights."""
    shutil.copytree(sound, place.model)
    config = json.loads((sound / "config.json").read_text())
    config |= {"auto_map": _AUTO, "custom_pipelines": {"x": {"impl": "evil.Evil"}}}
    (place.model / "config.json").write_text(json.dumps(config))
    (place.model / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": "owner/repo", "auto_mapping": _AUTO})
    )
    for name in _MODULES:
        _write_module(place.model / f"{name}.py", place.marker)
    # Imported by nobody but those who sin on purpose.
    _write_module(place.model / "sin.py", place.outside / "sin.py ran")
    _make_pickles(place.model, place.marker)
    (place.model / "sin.bin").write_bytes(pickle.dumps(_Evil(place.outside / "no")))
    _save(place.model / "beside.png", 3)


def _write_module(path: Path, marker: Path) -> None:
    path.write_text(f"open({str(marker)!r}, 'a').write(__name__)\nclass Evil: pass\n")


def _make_pickles(folder: Path, marker: Path) -> None:
    data = pickle.dumps(_Evil(marker))
    for name in _PICKLES:
        (folder / name).write_bytes(data)
    for name in _ARCHIVES:
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("archive/data.pkl", data)
            archive.writestr("archive/version", "3\n")


def _make_pickles_only(place: Place, sound: Path) -> None:
    shutil.copytree(sound, place.pickled)
    (place.pickled / "model.safetensors").unlink()
    _make_pickles(place.pickled, place.marker)


def _make_index(place: Place, sound: Path) -> None:
    shutil.copytree(sound, place.indexed)
    (place.indexed / "model.safetensors").unlink()
    _make_pickles(place.indexed, place.marker)
    index = {"metadata": {}, "weight_map": {"a": "evil.bin"}}
    (place.indexed / "model.safetensors.index.json").write_text(json.dumps(index))


def _make_pictures(place: Place) -> None:
    """Make a folder of pictures, and files that are none but are called so."""
    place.pictures.mkdir()
    for n, name in enumerate(("a.png", "b.jpg", "c.tif", "d.webp", "e.gif")):
        _save(place.pictures / name, n)
    _write_module(place.pictures / "evil.py", place.marker)
    place.odd.mkdir()
    for name, data in (
        ("script.eps", _POSTSCRIPT.encode()),
        ("script.png", _POSTSCRIPT.encode()),
        ("drawing.svg", _DRAWING.encode()),
        ("pickle.png", pickle.dumps(_Evil(place.marker))),
    ):
        (place.odd / name).write_bytes(data)


def _save(path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed)
    Image.fromarray(noise.integers(0, 256, (48, 64, 3), np.uint8)).save(path)


def _make_cached(place: Place) -> None:
    """Put a model into the hub's cache, as a download does."""
    shutil.copytree(place.model, place.snapshot)
    branches = place.snapshot.parents[1] / "refs"
    branches.mkdir()
    (branches / "main").write_text(COMMIT)
