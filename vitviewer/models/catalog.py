"""The models that open at once: bundled ones, and what the hub's cache holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vitviewer.errors import ModelError, VitviewerError
from vitviewer.models.checkpoint.config import read
from vitviewer.models.families.blueprint import blueprint_of
from vitviewer.models.hub.cache import snapshots
from vitviewer.models.sources import BUNDLED
from vitviewer.system.resources import root


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A model that can be opened: ``kind`` is "bundled" or "cached"."""

    name: str
    source: str
    kind: str
    family: str
    size_bytes: int


def list_models() -> list[ModelEntry]:
    """List bundled models, then cached ones by name; offline and without torch."""
    return [*_bundled(), *sorted(_cached(), key=lambda entry: entry.name.lower())]


def _bundled() -> Iterator[ModelEntry]:
    for key, title in BUNDLED.items():
        with suppress(OSError, VitviewerError):
            yield _entry(root() / "models" / key, title, key, "bundled")


def _cached() -> Iterator[ModelEntry]:
    for repo, folder in snapshots():
        # What is half-downloaded, or no model that opens, is not worth a word.
        with suppress(OSError, ValueError, VitviewerError):
            yield _entry(folder, repo, repo, "cached")


def _entry(folder: Path, name: str, source: str, kind: str) -> ModelEntry:
    family = blueprint_of(read(folder).config).title
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if not size:
        raise ModelError(f"{name} has no safetensors weights.")
    return ModelEntry(name, source, kind, family, size)
