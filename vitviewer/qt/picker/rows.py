"""What the model picker lists, as plain rows: here first, then the hub."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vitviewer.models.hub.address import is_address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vitviewer.models.catalog import ModelEntry
    from vitviewer.models.hub.search import HubModel


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
    """List what fits the words typed, section by section."""
    words = text.strip()
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
    """Return whether the hub can be searched for words: not for an exact address."""
    return bool(text) and "@" not in text and "://" not in text


def short_bytes(size: int) -> str:
    """Write a size in three digits, for example "346 MB"."""
    return _short(size, ("B", "kB", "MB", "GB", "TB"))


def short_count(count: int) -> str:
    """Write a count in three digits, for example "1.2 M"."""
    return _short(count, ("", "k", "M", "G")).rstrip()


def _short(number: float, units: tuple[str, ...]) -> str:
    power = 0
    while number >= 999.5 and power < len(units) - 1:
        number, power = number / 1000, power + 1
    digits = 1 if power and number < 9.95 else 0
    return f"{number:.{digits}f} {units[power]}"


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
