"""Folders that bring code, in Python files and in pickles."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path

from tests.corpus.models.case import (
    CONFIG,
    INDEX,
    MARKER,
    PROCESSOR,
    WEIGHTS,
    Case,
    Damage,
    both,
    config,
    nested,
    processor,
    write,
)

_MODULES = (
    "evil",
    "modeling_vit",
    "configuration_vit",
    "transformers",
    "torch",
    "json",
)
_AUTO = dict.fromkeys(
    ("AutoConfig", "AutoModel", "AutoModelForImageClassification"), "evil.Evil"
)
_CONVERT = "vitviewer convert"


class _Evil:
    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self):
        return os.system, (f"touch '{self._marker}'",)


def _marker(folder: Path) -> Path:
    return folder.parent / MARKER


def _modules(folder: Path) -> None:
    """Put Python files into the folder that tell when they are run."""
    for name in (*_MODULES, "__init__", "conftest", "sitecustomize"):
        text = f"open({str(_marker(folder))!r}, 'w')\nclass Evil: pass\n"
        (folder / f"{name}.py").write_text(text)


def _legacy(name: str) -> Damage:
    """Put a bare pickle there, which is what old versions wrote."""
    return lambda f: write(name, pickle.dumps(_Evil(_marker(f))))(f)


def _zipped(name: str) -> Damage:
    """Put a pickle in an archive there, as torch.save does now."""

    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(_Evil(_marker(folder))))
            archive.writestr("archive/version", "3\n")

    return damage


def _no_safetensors(folder: Path) -> None:
    (folder / WEIGHTS).unlink()


def _file(name: str, content: object) -> Damage:
    return write(name, json.dumps(content))


def _alone(name: str, file: str, damage: Damage, words: str = _CONVERT) -> Case:
    return Case(f"{name} alone", both(_no_safetensors, damage), words)


_SHARDS = _file(INDEX, {"weight_map": {"a": "evil.bin"}})
_OLD_INDEX = _file(
    "pytorch_model.bin.index.json", {"weight_map": {"a": "pytorch_model-1.bin"}}
)

CASES = [
    Case("Python files", _modules),
    Case("auto_map", both(_modules, config(auto_map=_AUTO))),
    Case(
        "auto_map, elsewhere", config(auto_map={"AutoConfig": "owner/repo--evil.Evil"})
    ),
    Case("auto_map a word", both(_modules, config(auto_map="evil.Evil"))),
    Case("auto_map in a list", both(_modules, config(auto_map=[["evil.Evil", None]]))),
    Case(
        "an own type",
        both(_modules, config(auto_map=_AUTO, model_type="evil")),
        "known",
    ),
    Case("trusted", both(_modules, config(auto_map=_AUTO, trust_remote_code=True))),
    Case(
        "a pipeline", both(_modules, config(custom_pipelines={"x": {"impl": "evil.E"}}))
    ),
    Case(
        "auto_map in a processor",
        both(_modules, processor(auto_map={"AutoImageProcessor": "evil.Evil"})),
    ),
    Case(
        "auto_map in a tower",
        both(_modules, nested("vision_config", auto_map=_AUTO)),
        base="clip",
    ),
    Case("a package", both(_modules, config(model_type="transformers")), "not known"),
    Case(
        "generation",
        both(
            _modules,
            lambda f: (f / "custom_generate").mkdir(),
            write("custom_generate/generate.py", "raise SystemExit"),
            _file("generation_config.json", {"custom_generate": "."}),
        ),
    ),
    Case(
        "an adapter",
        both(
            _file(
                "adapter_config.json",
                {
                    "base_model_name_or_path": "owner/repo",
                    "auto_mapping": {"a": "evil"},
                },
            ),
            _legacy("adapter_model.bin"),
        ),
        checks={"Stored weights": "amber"},
    ),
    Case(
        "a tokenizer",
        _file(
            "tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.E", None]}}
        ),
    ),
    Case("a pickle beside", _legacy("pytorch_model.bin")),
    Case("an archive beside", _zipped("pytorch_model.bin")),
    Case("training state beside", _legacy("optimizer.pt")),
    Case("arguments beside", _zipped("training_args.bin")),
    Case("a pickle for weights", _legacy(WEIGHTS), "damaged"),
    Case("an archive for weights", _zipped(WEIGHTS), "damaged"),
    Case("a pickle for a config", _legacy(CONFIG), "not valid JSON"),
    Case("a pickle for a processor", _legacy(PROCESSOR), "not valid JSON"),
    _alone("a bare pickle", "", _legacy("pytorch_model.bin")),
    _alone("an archive", "", _zipped("pytorch_model.bin")),
    _alone("a .pt", "", _zipped("model.pt")),
    _alone("a .pth", "", _legacy("model.pth")),
    _alone("a .ckpt", "", _legacy("model.ckpt")),
    _alone("a .pkl", "", _legacy("model.pkl")),
    _alone("an old index", "", both(_OLD_INDEX, _legacy("pytorch_model-1.bin"))),
    _alone("a pickle as a shard", "", both(_SHARDS, _legacy("evil.bin")), "own folder"),
    _alone(
        "TensorFlow's file", "", write("tf_model.h5", b"\x89HDF"), "TensorFlow alone"
    ),
    _alone("Flax's file", "", write("flax_model.msgpack", b"\x80"), "Flax alone"),
    _alone("an ONNX file", "", write("model.onnx", b"\x08"), "ONNX alone"),
    _alone("a GGUF file", "", write("model.gguf", b"GGUF"), "GGUF alone"),
    Case(
        "the pickle asked for",
        both(
            _legacy("adapter_model.bin"),
            config(transformers_weights="adapter_model.bin"),
        ),
        checks={"Stored weights": "amber"},
    ),
    Case(
        "a checkpoint of several machines beside",
        write("shard-00001-model-00001-of-00001.safetensors", b"evil"),
        "several machines",
    ),
    Case(
        "a distributed checkpoint",
        both(lambda f: (f / "x.distcp").write_bytes(b""), _legacy(".metadata")),
    ),
    Case(
        "a distributed checkpoint alone",
        both(
            _no_safetensors,
            lambda f: (f / "distributed_checkpoint").mkdir(),
            _legacy("distributed_checkpoint/.metadata"),
            _legacy(".metadata"),
        ),
        "no weights",
    ),
]
