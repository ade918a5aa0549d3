"""Look for models on the Hugging Face hub by words of their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.weights import INDEX, WEIGHTS
from vitviewer.models.families.blueprint import blueprint_of_type
from vitviewer.models.hub.address import Address, parse
from vitviewer.models.hub.http import MOST_LIST_BYTES, entry, get_json, siblings
from vitviewer.models.hub.plan import NO_SAFETENSORS
from vitviewer.text import plain

_MOST_RESULTS = 100
_EXPAND = ("config", "downloads", "gated", "siblings")


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model that a search found.

    ``family`` is None where it is not known or not supported; ``refusal`` says in one
    sentence why the model cannot be opened, and is empty if nothing speaks against it.
    """

    repo: str
    downloads: int
    gated: bool
    family: str | None
    refusal: str


def search(text: str, limit: int = 20) -> list[HubModel]:
    """Look for models by words of their names, most downloaded first.

    Raises
    ------
    HubError
        If the hub cannot be asked, in one sentence.
    """
    if not text.strip():
        return []
    count = min(max(limit, 1), _MOST_RESULTS)
    wished = {"search": text.strip(), "sort": "downloads", "limit": count}
    params = {**wished, "expand": list(_EXPAND)}
    found = get_json("api/models", "", MOST_LIST_BYTES, params)
    items = found if isinstance(found, list) else []
    models = [_model(i) for i in items if isinstance(entry(i, "id"), str)]
    return sorted(models, key=lambda model: -model.downloads)[:count]


def _model(item: Any) -> HubModel:
    repo, kind = item["id"], entry(entry(item, "config"), "model_type")
    downloads, gated = entry(item, "downloads"), bool(entry(item, "gated"))
    family, refusal = None, ""
    try:
        family = blueprint_of_type(kind).title if isinstance(kind, str) else None
        names = {str(entry(file, "rfilename")) for file in siblings(item)}
        if names and not {WEIGHTS, INDEX} & names:
            refusal = f"It {NO_SAFETENSORS}"
    except ModelError as error:
        refusal = str(error)
    if parse(repo) != Address(repo):
        refusal = "It has no name of the form owner/name: choose another model."
    count = downloads if isinstance(downloads, int) else 0
    return HubModel(plain(repo), count, gated, family, refusal)
