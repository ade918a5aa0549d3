"""What the model picker lists, as plain rows: here first, then the hub."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from vitviewer.errors import ImageError
from vitviewer.models.checkpoint.nearby import is_place_of_models
from vitviewer.models.hub.address import is_address
from vitviewer.pictures.folders import SUFFIXES
from vitviewer.pictures.opening import folder_of, is_url, local_path
from vitviewer.text import short_bytes, short_count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitviewer.models.catalog import ModelEntry
    from vitviewer.models.hub.search import HubModel

_PLACE = re.compile(
    r"[/~]|\.\.?(?:[/\\]|$)|file:|\$(?:HOME|\{HOME\})|[a-z]:[/\\]|\\\\", re.IGNORECASE
)


class Action(StrEnum):
    """What opening a row does; HEADER and NOTE rows cannot be opened."""

    HEADER = "header"
    NOTE = "note"
    OPEN = "open"
    PLAN = "plan"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a name, something to the right of it, a line under it.

    ``quick`` rows need a single click; ``hint`` is what the tooltip adds.
    """

    action: Action
    name: str = ""
    detail: str = ""
    note: str = ""
    source: str = ""
    locked: bool = False
    refused: bool = False
    quick: bool = False
    hint: str = ""

    @property
    def can_open(self) -> bool:
        """Whether there is something to open behind the row."""
        return self.action not in (Action.HEADER, Action.NOTE) and not self.refused


@dataclass(frozen=True)
class HubAnswer:
    """What the hub said to the words typed so far: a list, an error, or not yet."""

    models: Sequence[HubModel] = field(default_factory=tuple)
    error: str = ""
    searching: bool = False


FOLDER = Row(
    Action.FOLDER,
    "Folder…",
    "with config.json and model.safetensors",
    quick=True,
)
SUGGESTION = Row(
    Action.PLAN,
    "google/vit-base-patch16-224",
    "ViT · 346 MB",
    source="google/vit-base-patch16-224",
    quick=True,
    hint="Names 1000 kinds of things in photographs",
)


def rows_for(text: str, entries: Sequence[ModelEntry], hub: HubAnswer) -> list[Row]:
    """List what fits the words typed, section by section; or the folder they name."""
    words = text.strip()
    if is_place(words):
        return [Row(Action.HEADER, "On this machine"), _at_place(words), FOLDER]
    here = [entry for entry in entries if _fits(entry, words.casefold())]
    known = {entry.source for entry in entries}
    bundled = [_local(entry) for entry in here if entry.kind == "bundled"]
    cached = [_local(entry) for entry in here if entry.kind != "bundled"]
    heading = Row(Action.HEADER, "Bundled")
    return [
        *([heading, *bundled] if bundled else []),
        *[Row(Action.HEADER, "On this machine"), *cached, FOLDER],
        *[Row(Action.HEADER, "On the hub"), *_hub_rows(words, known, hub)],
    ]


def is_searchable(text: str) -> bool:
    """Return whether the hub can be searched for words: not for an exact address.

    Nor for a path: nobody else is told how folders are called here.
    """
    return bool(text) and "@" not in text and "://" not in text and not is_place(text)


def is_place(text: str) -> bool:
    """Return whether a text can mean nothing but a place on this machine."""
    return _PLACE.match(_bare(text)) is not None


def is_for_models(source: str) -> bool:
    """Return whether what is dropped here is meant as a model: a folder or file."""
    if not source or is_url(source):
        return False
    return bool(folder_of(source)) or Path(source).suffix.lower() not in SUFFIXES


def _bare(text: str) -> str:
    """Return a text without the quotes that a file manager puts around a path."""
    text = text.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def _at_place(text: str) -> Row:
    """Return the row that opens a folder, or says why there is none to open."""
    try:
        path = local_path(_bare(text))
    except ImageError as error:
        return Row(Action.NOTE, note=str(error))
    if "\0" in path or not os.path.lexists(path):
        return Row(Action.NOTE, note="There is no such folder: type on, or check it.")
    name = os.path.basename(path.rstrip("/\\")) or path
    is_folder = os.path.isdir(path)
    detail = "a model's folder" if is_folder and is_place_of_models(path) else ""
    if not detail:
        detail = "a folder" if is_folder else "a file"
    return Row(Action.OPEN, name, detail, source=path, hint=path)


def _fits(entry: ModelEntry, words: str) -> bool:
    return words in f"{entry.name} {entry.family} {entry.source}".casefold()


def _local(entry: ModelEntry) -> Row:
    detail = f"{entry.family} · {short_bytes(entry.size_bytes)}"
    return Row(Action.OPEN, entry.name, detail, source=entry.source)


def _hub_rows(words: str, known: set[str], hub: HubAnswer) -> list[Row]:
    if not words:
        hint = Row(Action.NOTE, note="Type to search huggingface.co")
        return [SUGGESTION, hint] if SUGGESTION.source not in known else [hint]
    models = [model for model in hub.models if model.repo not in known]
    rows = [_remote(model) for model in models]
    if is_address(words) and words not in known.union(m.repo for m in models):
        rows.insert(0, Row(Action.PLAN, words, "by its exact name", source=words))
    if hub.searching:
        rows.append(Row(Action.NOTE, note="Searching…"))
    elif hub.error:
        rows.append(Row(Action.NOTE, note=hub.error))
    elif not rows:
        rows.append(Row(Action.NOTE, note="Nothing like that among vision models."))
    return rows


def _remote(model: HubModel) -> Row:
    downloads = f"{short_count(model.downloads)} downloads"
    return Row(
        Action.PLAN,
        model.repo,
        " · ".join(filter(None, (model.family, downloads))),
        note=model.refusal,
        source=model.repo,
        locked=model.gated,
        refused=bool(model.refusal),
        hint=_how_to_unlock(model.repo) if model.gated else "",
    )


def _how_to_unlock(repo: str) -> str:
    return (
        f"Accept its terms on huggingface.co/{repo}, then log in on this machine "
        "with `hf auth login`"
    )
