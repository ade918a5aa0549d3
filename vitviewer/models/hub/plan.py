"""What downloading a model takes: which files, how many bytes, and whether it opens.

Nothing here writes into the hub's cache: `vitviewer.models.hub.download` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.config import CONFIG, PROCESSOR, WHOLE_PROCESSOR
from vitviewer.models.checkpoint.weights import INDEX, WEIGHTS
from vitviewer.models.families.blueprint import blueprint_of_type
from vitviewer.models.hub.address import parse
from vitviewer.models.hub.cache import HubFile, cached_bytes, check_room
from vitviewer.models.hub.http import (
    MOST_LIST_BYTES,
    HubError,
    entry,
    get_json,
    siblings,
)
from vitviewer.text import quoted

_SHARD = re.compile(r"[\w.-]+\.safetensors")
_MOST_CONFIG_BYTES = 1 << 20
_MOST_FILE_BYTES = 1 << 50  # more digits than a number may have would break the sums

_COMMIT = re.compile(r"[0-9a-f]{40}")
_ETAG = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

#: Rest of a sentence, why a repository is refused.
NO_SAFETENSORS = (
    "has no safetensors weights, the only ones that are opened: ask for them at "
    "https://huggingface.co/spaces/safetensors/convert, or, if you trust its maker, "
    "download it yourself and run `vitviewer convert` on its folder."
)


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
    address = parse(source)
    if address is None:
        raise HubError(
            f"{quoted(source)} is no model on the hub: give owner/name, "
            "owner/name@revision, or the address of the model's page."
        )
    repo, branch = address.repo, address.revision or "main"
    commit, files = listing(repo, branch)
    if CONFIG not in files:
        raise HubError(f"{quoted(repo)} has no config.json: choose another model.")
    family = _family(_config(repo, commit))
    extra = [name for name in (PROCESSOR, WHOLE_PROCESSOR) if name in files]
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
    info = get_json(path, repo, MOST_LIST_BYTES, {"blobs": True})
    commit = str(entry(info, "sha"))
    if not _COMMIT.fullmatch(commit):
        raise HubError(f"The hub names no commit of {quoted(repo)}: try again later.")
    named = ((str(entry(s, "rfilename")), _file(s)) for s in siblings(info))
    return commit, {name: file for name, file in named if file}


def _file(sibling: Any) -> HubFile | None:
    large = entry(sibling, "lfs")
    size = entry(large or sibling, "size")
    etag = str(entry(large, "sha256") or entry(sibling, "blobId"))
    counted = type(size) is int and 0 <= size <= _MOST_FILE_BYTES
    return HubFile(size, etag) if counted and _ETAG.fullmatch(etag) else None


def _config(repo: str, commit: str) -> Any:
    return get_json(f"{repo}/resolve/{commit}/{CONFIG}", repo, _MOST_CONFIG_BYTES)


def _family(config: Any) -> str:
    kind = entry(config, "model_type")
    if kind is None and isinstance(entry(config, "architecture"), str):
        return "timm"  # its own folders name no model_type
    if not isinstance(kind, str):
        raise HubError(
            "The model's config.json names no model_type: it is not a transformers "
            "model, choose another."
        )
    try:
        return blueprint_of_type(kind).title
    except ModelError as error:
        raise HubError(str(error)) from error


def _weights(repo: str, commit: str, files: dict[str, HubFile]) -> list[str]:
    """List the safetensors files of a model, with their index if there is one."""
    if WEIGHTS in files:
        return [WEIGHTS]
    if INDEX not in files:
        raise HubError(f"{quoted(repo)} {NO_SAFETENSORS}")
    index = get_json(f"{repo}/resolve/{commit}/{INDEX}", repo, MOST_LIST_BYTES)
    shards = entry(index, "weight_map")
    names = set(map(str, shards.values())) if isinstance(shards, dict) else set()
    if not names or not all(_SHARD.fullmatch(n) and n in files for n in names):
        raise HubError(
            f"The index of {quoted(repo)} does not list safetensors files of its own: "
            "choose another model."
        )
    return [*sorted(names), INDEX]
