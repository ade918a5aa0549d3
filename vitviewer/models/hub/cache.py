"""The hub's local cache: which models and files are there, and what room is left.

Each repository has a folder ``models--org--name``: ``blobs`` named by their hashes,
``snapshots/<commit>`` of links to them, and ``refs/<branch>`` that hold a commit.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vitviewer.models.hub.http import HubError
from vitviewer.text import quoted


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file's bytes and hash: sha256 of a large file, git's own of others."""

    size: int
    etag: str


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


def snapshots() -> Iterator[tuple[str, Path]]:
    """List the repositories whose main branch is in the cache, and its snapshots."""
    from huggingface_hub import constants

    for folder in Path(constants.HF_HUB_CACHE).glob("models--*--*"):
        with suppress(OSError, ValueError):
            commit = (folder / "refs" / "main").read_text(encoding="utf-8").strip()
            repo = folder.name.removeprefix("models--").replace("--", "/", 1)
            yield repo, folder / "snapshots" / commit
