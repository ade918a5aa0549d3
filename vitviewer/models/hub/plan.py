"""Models on the Hugging Face hub: look for them, and say what a download takes.

Nothing here writes into the hub's cache: `vitviewer.models.hub.download` does.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vitviewer.errors import ModelError
from vitviewer.models.families.blueprint import family_of
from vitviewer.models.hub.http import HubError as HubError
from vitviewer.models.hub.http import get_json
from vitviewer.text import plain, quoted

CONFIG = "config.json"
_WEIGHTS = "model.safetensors"
_INDEX = "model.safetensors.index.json"
_PROCESSORS = ("preprocessor_config.json", "processor_config.json")
_SHARD = re.compile(r"[\w.-]+\.safetensors")
_MOST_CONFIG_BYTES = 1 << 20
_MOST_LIST_BYTES = 16 << 20
_MOST_RESULTS = 100
_MOST_FILE_BYTES = 1 << 50  # more digits than a number may have would break the sums
_EXPAND = ("config", "downloads", "gated", "siblings")

_ID = re.compile(r"([\w.-]+/[\w.-]+)(?:@([\w./-]+))?", re.ASCII)
_URL = re.compile(
    r"https?://(?:huggingface\.co|hf\.co)/([\w.-]+/[\w.-]+)"
    r"/?(?:tree/([\w./-]+?)/?)?(?:[?#].*)?",
    re.ASCII,
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

_NO_SAFETENSORS = (
    "has no safetensors weights, the only ones that are opened: ask for them at "
    "https://huggingface.co/spaces/safetensors/convert, or, if you trust its maker, "
    "download it yourself and run `vitviewer convert` on its folder."
)


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


@dataclass(frozen=True, slots=True)
class Plan:
    """What to download: names and bytes in order, the weights first, the config last.

    ``revision`` is a commit. ``missing_bytes`` are not yet in the cache. ``branch`` is
    the name to remember the commit by, None where the commit itself was asked for.
    """

    repo: str
    revision: str
    family: str
    files: tuple[tuple[str, int], ...]
    total_bytes: int
    missing_bytes: int
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file's bytes and hash: sha256 of a large file, git's own of others."""

    size: int
    etag: str


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
    found = get_json("api/models", "", _MOST_LIST_BYTES, params)
    items = found if isinstance(found, list) else []
    models = [_model(i) for i in items if isinstance(_entry(i, "id"), str)]
    return sorted(models, key=lambda model: -model.downloads)[:count]


def plan(source: str) -> Plan:
    """Say what downloading a model takes, and refuse what could not be opened.

    Parameters
    ----------
    source : str
        ``org/name``, ``org/name@revision``, or the model's page on the hub.

    Raises
    ------
    HubError
        If there is no such model, or it cannot be had or opened, in one sentence.
    """
    repo, branch = _parse(source)
    commit, files = listing(repo, branch)
    if CONFIG not in files:
        raise HubError(f"{quoted(repo)} has no config.json: choose another model.")
    family = _family(_config(repo, commit))
    extra = [name for name in _PROCESSORS if name in files]
    names = [*_weights(repo, commit, files), *extra, CONFIG]
    total = sum(files[name].size for name in names)
    have = sum(cached_bytes(repo, commit, name, files[name]) for name in names)
    check_room(total - have)
    return Plan(
        repo,
        commit,
        family,
        tuple((name, files[name].size) for name in names),
        total_bytes=total,
        missing_bytes=total - have,
        branch=None if _COMMIT.fullmatch(branch) else branch,
    )


def listing(repo: str, revision: str) -> tuple[str, dict[str, HubFile]]:
    """Return the commit of a revision, and its files by name.

    Raises
    ------
    HubError
    """
    path = f"api/models/{repo}/revision/{quote(revision, safe='')}"
    info = get_json(path, repo, _MOST_LIST_BYTES, {"blobs": True})
    commit = str(_entry(info, "sha"))
    if not _COMMIT.fullmatch(commit):
        raise HubError(f"The hub names no commit of {quoted(repo)}: try again later.")
    named = ((str(_entry(s, "rfilename")), _file(s)) for s in _siblings(info))
    return commit, {name: file for name, file in named if file}


def cache_folder(repo: str) -> Path:
    """Return the folder of a model in the hub's cache."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"


def cached_bytes(repo: str, commit: str, name: str, file: HubFile) -> int:
    """Return how many of a file's bytes are in the cache."""
    folder = cache_folder(repo)
    blob = folder / "blobs" / file.etag
    for path in (folder / "snapshots" / commit / name, blob):
        if _size(path) == file.size:
            return file.size
    begun = _size(blob.with_name(f"{file.etag}.incomplete"))
    return begun if 0 <= begun <= file.size else 0


def check_room(missing: int) -> None:
    """Refuse a download that the disk has no room for, with a tenth to spare.

    Raises
    ------
    HubError
    """
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE).absolute()
    there = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if missing * 1.1 > free:
        raise HubError(
            f"The download needs {missing * 1.1 / 1e6:,.0f} MB and the disk of "
            f"{quoted(str(cache))} has {free / 1e6:,.0f} MB left: free some space."
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _parse(source: str) -> tuple[str, str]:
    """Split what the user gave into the model's name and a revision."""
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    match = _URL.fullmatch(source.strip()) or _ID.fullmatch(source.strip())
    try:
        if match is None or {"", ".", ".."} & set((match[2] or "main").split("/")):
            raise HFValidationError
        validate_repo_id(match[1])
    except HFValidationError as error:
        raise HubError(
            f"{quoted(source)} is no model on the hub: give owner/name, "
            "owner/name@revision, or the address of the model's page."
        ) from error
    return match[1], match[2] or "main"


def _model(item: Any) -> HubModel:
    repo, kind = item["id"], _entry(_entry(item, "config"), "model_type")
    downloads, gated = _entry(item, "downloads"), bool(_entry(item, "gated"))
    family, refusal = None, ""
    try:
        family = family_of(kind).title if isinstance(kind, str) else None
        names = {str(_entry(file, "rfilename")) for file in _siblings(item)}
        if names and not {_WEIGHTS, _INDEX} & names:
            refusal = f"It {_NO_SAFETENSORS}"
    except ModelError as error:
        refusal = str(error)
    if not _ID.fullmatch(repo) or "@" in repo:
        refusal = "It has no name of the form owner/name: choose another model."
    count = downloads if isinstance(downloads, int) else 0
    return HubModel(plain(repo), count, gated, family, refusal)


def _file(sibling: Any) -> HubFile | None:
    large = _entry(sibling, "lfs")
    size = _entry(large or sibling, "size")
    etag = str(_entry(large, "sha256") or _entry(sibling, "blobId"))
    counted = type(size) is int and 0 <= size <= _MOST_FILE_BYTES
    return HubFile(size, etag) if counted and _ETAG.fullmatch(etag) else None


def _config(repo: str, commit: str) -> Any:
    return get_json(f"{repo}/resolve/{commit}/{CONFIG}", repo, _MOST_CONFIG_BYTES)


def _family(config: Any) -> str:
    kind = _entry(config, "model_type")
    if kind is None and isinstance(_entry(config, "architecture"), str):
        return "timm"  # its own folders name no model_type
    if not isinstance(kind, str):
        raise HubError(
            "The model's config.json names no model_type: it is not a transformers "
            "model, choose another."
        )
    try:
        return family_of(kind).title
    except ModelError as error:
        raise HubError(str(error)) from error


def _weights(repo: str, commit: str, files: dict[str, HubFile]) -> list[str]:
    """List the safetensors files of a model, with their index if there is one."""
    if _WEIGHTS in files:
        return [_WEIGHTS]
    if _INDEX not in files:
        raise HubError(f"{quoted(repo)} {_NO_SAFETENSORS}")
    index = get_json(f"{repo}/resolve/{commit}/{_INDEX}", repo, _MOST_LIST_BYTES)
    shards = _entry(index, "weight_map")
    names = set(map(str, shards.values())) if isinstance(shards, dict) else set()
    if not names or not all(_SHARD.fullmatch(n) and n in files for n in names):
        raise HubError(
            f"The index of {quoted(repo)} does not list safetensors files of its own: "
            "choose another model."
        )
    return [*sorted(names), _INDEX]


def _siblings(info: Any) -> list[Any]:
    found = _entry(info, "siblings")
    return found if isinstance(found, list) else []


def _entry(value: Any, key: str) -> Any:
    """Return an entry of what should be a JSON object, else None."""
    return value.get(key) if isinstance(value, dict) else None
