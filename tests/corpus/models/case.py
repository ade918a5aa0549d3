"""What one odd folder is: a sound one, a change to it, and what is expected."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Damage = Callable[[Path], None]
CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
WEIGHTS = "model.safetensors"
INDEX = f"{WEIGHTS}.index.json"
MARKER = "it-ran"
"""Code in a folder tries to write a file of this name beside it."""


@dataclass(frozen=True)
class Case:
    """One odd folder.

    Parameters
    ----------
    name : str
    damage : callable
        Changes a copy of a sound folder.
    refused : str
        Regular expression that the sentence must match; empty where it opens.
    checks : dict
        Verdicts of the checks that are not green, by name; a verdict may be
        "red|amber".
    base : str
        Which sound folder is changed.
    """

    name: str
    damage: Damage
    refused: str = ""
    checks: dict[str, str] = field(default_factory=dict)
    base: str = "vit"


def change(name: str, refused: str = "", base: str = "vit", **keys: Any) -> Case:
    """Return a case whose config.json has other keys; None removes one."""
    return Case(name, config(**keys), refused, base=base)


def config(**keys: Any) -> Damage:
    """Change keys of config.json; None removes one."""
    return lambda folder: edit_json(folder / CONFIG, keys)


def nested(part: str, **keys: Any) -> Damage:
    """Change keys of a part of config.json."""

    def damage(folder: Path) -> None:
        whole = json.loads((folder / CONFIG).read_text())
        edit_json(folder / CONFIG, {part: {**whole[part], **keys}})

    return damage


def processor(**keys: Any) -> Damage:
    """Change keys of preprocessor_config.json."""
    return lambda folder: edit_json(folder / PROCESSOR, keys)


def edit_json(path: Path, keys: dict[str, Any]) -> None:
    """Change keys of a JSON file; None removes one."""
    content = {**json.loads(path.read_text()), **keys}
    path.write_text(json.dumps({k: v for k, v in content.items() if v is not None}))


def write(name: str, content: bytes | str) -> Damage:
    """Put other content into a file."""
    data = content.encode() if isinstance(content, str) else content

    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).write_bytes(data)

    return damage


def link(name: str, target: str) -> Damage:
    """Replace a file by a link; ``{folder}`` in the target is the folder."""

    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.symlink(target.format(folder=folder), folder / name)

    return damage


def both(*damages: Damage) -> Damage:
    """Do one after the other."""

    def damage(folder: Path) -> None:
        for each in damages:
            each(folder)

    return damage


def tensors(edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Damage:
    """Change the tensors of the weights, which stay a valid file."""

    def damage(folder: Path) -> None:
        from safetensors.torch import load, save_file

        held = load((folder / WEIGHTS).read_bytes())
        (folder / WEIGHTS).unlink()
        save_file(edit(held), folder / WEIGHTS, metadata={"format": "pt"})

    return damage


def header(edit: Callable[[dict[str, Any]], object]) -> Damage:
    """Change the header of the weights in place; the data stay as they are."""

    def damage(folder: Path) -> None:
        whole = (folder / WEIGHTS).read_bytes()
        (length,) = struct.unpack("<Q", whole[:8])
        entries = json.loads(whole[8 : 8 + length])
        edited = edit(entries)
        text = json.dumps(entries if edited is None else edited).encode()
        data = safetensors_bytes(text, whole[8 + length :])
        write(WEIGHTS, data)(folder)

    return damage


def safetensors_bytes(text: bytes, data: bytes = b"") -> bytes:
    """Return a file of a header's text, whatever it says, and data."""
    return struct.pack("<Q", len(text)) + text + data


def sparse(name: str, size: int) -> Damage:
    """Replace a file by one of that size that takes no space: all zeros."""

    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        with open(folder / name, "wb") as file:
            file.truncate(size)

    return damage
