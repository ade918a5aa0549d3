"""The bundled sample pictures, and which bundled model each of them suits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from vitviewer.system.resources import root


@dataclass(frozen=True, slots=True)
class Sample:
    """A bundled picture: the model it suits, where it is, and what it shows."""

    model: str
    path: Path
    caption: str


def samples() -> list[Sample]:
    """List the bundled pictures, the default model's first; empty if there are none."""
    folder = root() / "samples"
    index = folder / "index.json"
    if not index.is_file():
        return []
    shelves = json.loads(index.read_text(encoding="utf-8"))
    return [
        Sample(model, folder / model / entry["file"], entry["caption"])
        for model, entries in shelves.items()
        for entry in entries
    ]
