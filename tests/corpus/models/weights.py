"""Weight files that are damaged, lie in their header, or hold other numbers."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from tests.corpus.models.case import (
    WEIGHTS,
    Case,
    Damage,
    header,
    safetensors_bytes,
    sparse,
    tensors,
    write,
)

_HEAD = "classifier.weight"
_DEEP = b"[" * 100_000
_DAMAGED = "damaged or was not downloaded whole"


def _damaged(name: str, damage: Damage, words: str = _DAMAGED) -> Case:
    return Case(name, damage, words)


def _lie(name: str, words: str = _DAMAGED, **entry: Any) -> Case:
    """Return a case in which one tensor's entry says something else."""
    return Case(name, header(lambda h: h[_HEAD].update(entry)), words)


def _red(name: str, damage: Damage, **checks: str) -> Case:
    return Case(name, damage, checks=checks or {"Weights": "red"})


def _resized(change: int) -> Damage:
    def damage(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        more = data[:change] if change < 0 else data + b"\0" * change
        write(WEIGHTS, more)(folder)

    return damage


def _length(length: int) -> Damage:
    """Claim another length of the header."""

    def damage(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        write(WEIGHTS, struct.pack("<Q", length) + data[8:])(folder)

    return damage


def _offsets(begin: int, end: int) -> dict[str, Any]:
    return {"data_offsets": [begin, end]}


def _twice(folder: Path) -> None:
    """Write one name twice; the second entry hides the first."""
    data = (folder / WEIGHTS).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.dumps(json.loads(data[8 : 8 + length])[_HEAD])
    text = data[8 : 8 + length].rstrip()[:-1] + f',"{_HEAD}":{entry}}}'.encode()
    write(WEIGHTS, safetensors_bytes(text, data[8 + length :]))(folder)


def _many(count: int) -> Damage:
    """Add tensors of one number each."""

    def damage(folder: Path) -> None:
        data = (folder / WEIGHTS).read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        entries, end = json.loads(data[8 : 8 + length]), len(data) - 8 - length
        for i in range(count):
            place = _offsets(end + 4 * i, end + 4 * i + 4)
            entries[f"t{i}"] = {"dtype": "F32", "shape": [1], **place}
        text = json.dumps(entries, separators=(",", ":")).encode()
        more = data[8 + length :] + b"\0" * (4 * count)
        write(WEIGHTS, safetensors_bytes(text, more))(folder)

    return damage


def _huge_file(folder: Path) -> None:
    """Claim one tensor of 64 GB, which the sparse file does have."""
    size = 64 << 30
    entry = {"dtype": "F32", "shape": [size // 4], **_offsets(0, size)}
    text = json.dumps({"vit.embeddings.position_embeddings": entry}).encode()
    write(WEIGHTS, safetensors_bytes(text))(folder)
    with open(folder / WEIGHTS, "r+b") as file:
        file.truncate(8 + len(text) + size)


def _only(*parts: str) -> Damage:
    return tensors(lambda t: {k: v for k, v in t.items() if any(p in k for p in parts)})


def _without(*parts: str) -> Damage:
    return tensors(
        lambda t: {k: v for k, v in t.items() if not any(p in k for p in parts)}
    )


def _first(part: str, value: float) -> Damage:
    """Put a number into the first tensor of that name."""

    def edit(held: dict[str, Any]) -> dict[str, Any]:
        held[next(k for k in held if part in k)].view(-1)[0] = value
        return held

    return tensors(edit)


def _as(dtype: str) -> Damage:
    def edit(held: dict[str, Any]) -> dict[str, Any]:
        import torch

        return {k: v.to(getattr(torch, dtype)) for k, v in held.items()}

    return tensors(edit)


def _filled(value: float) -> Damage:
    return tensors(lambda t: {k: v.fill_(value) for k, v in t.items()})


BYTES = [
    _damaged("empty", write(WEIGHTS, b"")),
    _damaged("seven bytes", write(WEIGHTS, b"\x02\0\0\0\0\0\0")),
    _damaged("a length alone", write(WEIGHTS, struct.pack("<Q", 2))),
    _damaged("cut short", _resized(-9)),
    _damaged(
        "cut in the header", lambda f: _resized(-((f / WEIGHTS).stat().st_size - 99))(f)
    ),
    _damaged("one byte short", _resized(-1)),
    _damaged("one byte more", _resized(1)),
    _damaged("a megabyte more", _resized(1 << 20)),
    _damaged("only zeros", write(WEIGHTS, b"\0" * 4096)),
    _damaged("only 0xff", write(WEIGHTS, b"\xff" * 4096)),
    _damaged("a gigabyte of nothing", sparse(WEIGHTS, 1 << 30)),
    _damaged("a web page", write(WEIGHTS, b"<!DOCTYPE html>" * 99)),
    _damaged("an archive", write(WEIGHTS, b"PK\x03\x04" + b"\0" * 999)),
    _damaged("a GGUF", write(WEIGHTS, b"GGUF\x03\0\0\0" + b"\0" * 999)),
    Case(
        "git-lfs",
        write(WEIGHTS, b"version https://git-lfs.github.com/spec/v1\noid x\n"),
        "git lfs pull",
    ),
    _damaged("no header", _length(0)),
    _damaged("a header of one byte", _length(1)),
    _damaged("a shorter header", _length(100)),
    _damaged("a header beyond the end", _length(1 << 20)),
    _damaged("a header of 2**60 bytes", _length(1 << 60)),
    _damaged("a header of 2**64 - 1 bytes", _length((1 << 64) - 1)),
    _damaged("words", write(WEIGHTS, safetensors_bytes(b"hi"))),
    _damaged("a list", write(WEIGHTS, safetensors_bytes(b"[]"))),
    _damaged("a list of entries", write(WEIGHTS, safetensors_bytes(b"[{}]"))),
    _damaged("null", write(WEIGHTS, safetensors_bytes(b"null"))),
    _damaged("deep", write(WEIGHTS, safetensors_bytes(_DEEP))),
    _damaged("not UTF-8", write(WEIGHTS, safetensors_bytes(b'{"\xff": 1}'))),
    Case("no tensors", write(WEIGHTS, safetensors_bytes(b"{}")), "too few|no tensors"),
    _damaged("metadata alone, a list", header(lambda h: {"__metadata__": []})),
]

LIES = [
    _lie("offsets backwards", **_offsets(9, 1)),
    _lie("offsets below zero", **_offsets(-640, 0)),
    _lie("overlapping offsets", **_offsets(4, 644)),
    _lie("offsets of another", **_offsets(1000, 1640)),
    _lie("offsets beyond the end", **_offsets(0, 1 << 40)),
    _lie("offsets of 2**64", **_offsets(1 << 64, (1 << 64) + 640)),
    _lie("offsets in words", data_offsets=["0", "640"]),
    _lie("one offset", data_offsets=[0]),
    _lie("three offsets", data_offsets=[0, 640, 1280]),
    _lie("no offsets", data_offsets=None),
    _lie("offsets of 1.5", data_offsets=[0.0, 640.0]),
    _lie("offsets true", data_offsets=[False, 640]),
    _lie("a shape twice as large", shape=[10, 32]),
    _lie("a huge shape", shape=[1 << 31, 1 << 31]),
    _lie("a shape that wraps around", shape=[1 << 32, 1 << 32, 160]),
    _lie("a shape below zero", shape=[-5, -32]),
    _lie("a shape of words", shape=["5", "32"]),
    _lie("a shape that is a number", shape=160),
    _lie("no shape", shape=None),
    _lie("a shape of 100,000 ones", _DAMAGED, shape=[5, 32] + [1] * 100_000),
    _lie("a shape of no elements", shape=[0, 32]),
    _lie("a wider dtype", dtype="F64"),
    _lie("a narrower dtype", dtype="F16"),
    _lie("an unknown dtype", dtype="F31"),
    _lie("a dtype in a list", dtype=["F32"]),
    _lie("no dtype", dtype=None),
    _lie("the type of whole numbers", "quantised", dtype="I32"),
    _lie("the type of truths", dtype="BOOL"),
    Case("an entry that is a list", header(lambda h: h.update({_HEAD: []})), _DAMAGED),
    Case("an entry that is null", header(lambda h: h.update({_HEAD: None})), _DAMAGED),
    Case("a name twice", _twice, _DAMAGED),
    Case("a gap", header(lambda h: h.pop(_HEAD) and None), _DAMAGED),
    Case("metadata of numbers", header(lambda h: h.update(__metadata__={"a": 1})), "."),
    Case("metadata a word", header(lambda h: h.update(__metadata__="pt")), "."),
    Case("no metadata", header(lambda h: h.pop("__metadata__") and None), ""),
    Case(
        "metadata of TensorFlow",
        header(lambda h: h.update(__metadata__={"format": "tf"})),
        "",
    ),
    Case(
        "metadata unknown", header(lambda h: h.update(__metadata__={"format": "x"})), ""
    ),
    _red(
        "a shape turned",
        header(lambda h: h[_HEAD].update(shape=[32, 5])),
        Weights="amber|red",
    ),
    Case("100,000 tensors", _many(100_000), "tensors|damaged"),
    Case("1,000 tensors", _many(1000), checks={"Weights": "amber"}),
    Case("64 GB of nothing", _huge_file, _DAMAGED),
]

NUMBERS = [
    _red("a layer missing", _without("layer.1.")),
    _red("a query missing", _without("layer.1.attention.attention.query.weight")),
    _red("no positions", _without("position_embeddings")),
    _red("no class token", _without("cls_token")),
    _red("no classifier", _without("classifier"), Weights="amber"),
    Case("only a classifier", _only("classifier"), "too few|not those of its"),
    _red(
        "a prefix",
        tensors(lambda t: {f"x.{k}": v for k, v in t.items()}),
        **{"Stored weights": "amber"},
    ),
    Case(
        "other names",
        tensors(lambda t: {f"{k}.x": v for k, v in t.items()}),
        "not those",
    ),
    Case("NaN in a query", _first("query.weight", float("nan")), "finite"),
    _red(
        "NaN in the classifier",
        _first(_HEAD, float("nan")),
        **{"Finite weights": "red", "Activations": "red"},
    ),
    Case("infinity in a query", _first("query.weight", float("inf")), "finite"),
    Case("all NaN", _filled(float("nan")), "finite"),
    Case("all 3e38", _filled(3e38), "finite"),
    Case("all zeros", _filled(0.0), ""),
    Case("half precision", _as("float16"), ""),
    Case("bfloat16", _as("bfloat16"), ""),
    Case("double precision", _as("float64"), ""),
    Case("whole numbers", _as("int8"), "quantised"),
    Case("8-bit floats", _as("float8_e4m3fn"), "quantised"),
    Case("truths", _as("bool"), "quantised|damaged"),
    Case("complex numbers", _as("complex64"), "quantised|damaged"),
]

CASES = [*BYTES, *LIES, *NUMBERS]
