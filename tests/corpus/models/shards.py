"""Indices of shards that lead out of the folder, to a pickle, or nowhere."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.corpus.models.case import INDEX, WEIGHTS, Case, Damage, both, config, write

_OWN = "files of its own folder"
_A, _B = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"


def _split(folder: Path) -> None:
    """Split the weights in two shards with an index."""
    from safetensors.torch import load, save_file

    # In an order of their own: load() returns another one in every process.
    held = dict(sorted(load((folder / WEIGHTS).read_bytes()).items()))
    (folder / WEIGHTS).unlink()
    few = len(held) // 4
    names = {name: _A if i < few else _B for i, name in enumerate(held)}
    for shard in (_A, _B):
        part = {name: held[name] for name in held if names[name] == shard}
        save_file(part, folder / shard, metadata={"format": "pt"})
    index = {"metadata": {"total_size": 1}, "weight_map": names}
    (folder / INDEX).write_text(json.dumps(index))


def _map(edit: Any) -> Damage:
    """Change the map of a model in shards."""

    def damage(folder: Path) -> None:
        _split(folder)
        index = json.loads((folder / INDEX).read_text())
        edit(index["weight_map"])
        (folder / INDEX).write_text(json.dumps(index))

    return damage


def _points_to(shard: object, words: str = _OWN) -> Case:
    name = "classifier.weight"
    return Case(
        f"a shard {str(shard)[:40]!r}", _map(lambda m: m.update({name: shard})), words
    )


def _index(name: str, content: object, words: str = _OWN) -> Case:
    return Case(name, both(_split, write(INDEX, json.dumps(content))), words)


def _fifo(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return damage


CASES = [
    Case("two shards", _split, ""),
    _points_to("../outside.safetensors"),
    _points_to("/etc/passwd"),
    _points_to("/etc/x.safetensors"),
    _points_to("sub/x.safetensors"),
    _points_to("..\\x.safetensors"),
    _points_to("C:x.safetensors"),
    _points_to("https://example.com/x.safetensors"),
    _points_to("evil.bin"),
    _points_to("evil.safetensors\0.bin"),
    _points_to("evil.safetensors\n"),
    _points_to(".."),
    _points_to(""),
    _points_to(7),
    _points_to(None),
    _points_to(["x.safetensors"]),
    _points_to({"x": 1}),
    _points_to("x" * 5000 + ".safetensors", ".*"),
    _points_to("missing.safetensors", "could not be read"),
    _index("no map", {}),
    _index("an empty map", {"weight_map": {}}),
    _index("a map that is a list", {"weight_map": [_A, _B]}),
    _index("a map that is null", {"weight_map": None}),
    _index("an index that is a list", [], "does not describe"),
    _index(
        "an index of 50,000 shards",
        {"weight_map": {f"t{i}": f"s{i}.safetensors" for i in range(50_000)}},
        ".",
    ),
    Case("an index that is no JSON", both(_split, write(INDEX, "{")), "not valid JSON"),
    Case(
        "metadata of the index a word",
        both(_split, lambda f: _metadata(f, "x")),
        "not that of a model",
    ),
    Case(
        "no metadata in the index",
        both(_split, lambda f: _metadata(f, None)),
        "not that of a model",
    ),
    Case(
        "all metadata of the index rubbish",
        both(_split, lambda f: _metadata(f, {"all_checkpoint_keys": 7, "dtype": "x"})),
        "",
    ),
    Case(
        "a shard is missing", both(_split, lambda f: (f / _B).unlink()), "not be read"
    ),
    Case("a shard is a FIFO", both(_split, _fifo(_B)), "not a regular file"),
    Case(
        "a shard is cut short",
        both(_split, lambda f: os.truncate(f / _B, 999)),
        "damaged",
    ),
    Case("a shard is empty", both(_split, lambda f: os.truncate(f / _B, 0)), "damaged"),
    Case("a shard is no model", both(_split, write(_B, "hello, world")), "damaged"),
    Case(
        "names that no shard holds",
        _map(lambda m: m.update({f"x{i}": _A for i in range(1000)})),
        "",
    ),
    Case(
        "names in the wrong shard",
        _map(lambda m: m.update(dict.fromkeys(m, _B))),
        checks={"Weights": "red"},
    ),
    Case(
        "an index beside the whole file",
        write(INDEX, json.dumps({"weight_map": {"x": "../evil.bin"}})),
        "",
    ),
    Case(
        "another file of weights asked for",
        both(_split, config(transformers_weights=_A)),
        "",
    ),
]


def _metadata(folder: Path, metadata: object) -> None:
    index = json.loads((folder / INDEX).read_text())
    index["metadata"] = metadata
    (folder / INDEX).write_text(json.dumps(index))
