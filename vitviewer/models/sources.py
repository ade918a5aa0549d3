"""Where a model is: bundled, in a folder, or in the hub's local cache. Never online."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.config import CONFIG
from vitviewer.models.checkpoint.nearby import no_config
from vitviewer.models.hub.address import Address, parse
from vitviewer.models.hub.cache import cache_folder
from vitviewer.system.files import expanded
from vitviewer.system.resources import root
from vitviewer.text import plain, quoted

BUNDLED = {"shapes": "Shapes", "shapes-shortcut": "Shapes with a shortcut"}
DEFAULT_MODEL = "shapes"
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Source:
    """A found model: its folder, a name for people, and the hub's commit, if any."""

    folder: Path
    name: str
    given: str
    revision: str | None = None


def find(source: str) -> Source:
    """Find a model by bundled name, folder, hub id (``org/name@revision``) or hub page.

    A path that does not exist is never taken for a hub id.

    Raises
    ------
    ModelError
        If there is no such model on this machine.
    """
    for key, title in BUNDLED.items():
        if source.lower() in (key, title.lower()):
            return Source(_bundled(key), title, key)
    path = _expanded(source)
    if os.path.exists(path):
        # It is opened by this again, on another device say: it is not shortened.
        given = source if source.isprintable() else plain(source)
        repo, commit = _kept_by_the_hub(Path(path).absolute())
        name = repo or Path(path).resolve().name
        return Source(Path(path), plain(name), given, revision=commit)
    address = parse(source)
    if address is None:
        raise ModelError(
            f"There is no model at {quoted(source)}: choose a folder that holds "
            "config.json and model.safetensors."
        )
    return _in_cache(source, address)


def _kept_by_the_hub(path: Path) -> tuple[str, str | None]:
    """Return the repository and the commit of a snapshot in the hub's cache."""
    place = path.parent.parent.name
    is_snapshot = path.parent.name == "snapshots" and place.startswith("models--")
    if not is_snapshot or not _COMMIT.fullmatch(path.name):
        return "", None
    return place.removeprefix("models--").replace("--", "/", 1), path.name


def _expanded(source: str) -> str:
    """Put the home folder in the place of ``~``."""
    try:
        return expanded(source)
    except ValueError:  # no user can be called that
        return source


def _bundled(key: str) -> Path:
    try:
        return root() / "models" / key
    except FileNotFoundError as error:
        raise ModelError(str(error)) from error


def _in_cache(source: str, address: Address) -> Source:
    """Look a hub model up in the local cache."""
    from huggingface_hub import try_to_load_from_cache

    repo = address.repo
    found = try_to_load_from_cache(repo, CONFIG, revision=address.revision)
    if not isinstance(found, str):
        kept = cache_folder(repo)
        if address.revision is None and (kept / "snapshots").is_dir():
            raise no_config(kept)  # an adapter's, say, or one that is not whole
        raise ModelError(
            f"{quoted(source)} is neither a folder nor a downloaded model: run "
            f"`hf download {repo}` once, then open it again."
        )
    folder = Path(found).parent
    return Source(folder, repo, source, revision=folder.name)
