"""What was open, kept as a small JSON file, so that a start can go on from there."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vitviewer.pictures.opening import is_url, lasting
from vitviewer.system.files import set_aside, write_bytes

log = logging.getLogger(__name__)

_VERSION = 1
_MOST_BYTES = 4 * 1024**2
_MOST_PICTURES = 1000
_MOST_ATTEMPTS = 2


@dataclass(frozen=True)
class Session:
    """The open pictures, which of them is shown, the model, and the view's choices.

    ``attempts`` counts the starts that tried to restore it since it was last shown: a
    picture or a model that brings the program down does so twice, not for ever.
    """

    pictures: tuple[str, ...]
    index: int
    model: str
    view: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0

    @property
    def is_worth_trying(self) -> bool:
        """Whether the shown picture is still there, and restoring may be tried."""
        there = bool(self.pictures) and os.path.isfile(self.pictures[self.index])
        return there and self.attempts < _MOST_ATTEMPTS


def session_of(
    sources: list[str], index: int, model: str, view: dict[str, Any]
) -> Session | None:
    """Return what can be opened again, or None if the shown picture cannot.

    Web addresses are left out, since no start asks the network for anything. Of very
    many pictures, those around the shown one are kept.
    """
    if not sources or is_url(sources[index]):
        return None
    first = max(0, index - _MOST_PICTURES // 2)
    near = sources[first : first + _MOST_PICTURES]
    before = sum(not is_url(source) for source in near[: index - first])
    kept = tuple(lasting(source) for source in near if not is_url(source))
    return Session(kept, before, _lasting(model), view)


def read_session(path: Path) -> Session | None:
    """Return the saved session; None if there is none, or none that makes sense.

    A damaged file is set aside, so that whoever wants to can look at it.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
        return _parse(data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        log.info("the session could not be restored: %s", error)
        set_aside(path)
        return None


def write_session(path: Path, session: Session) -> None:
    """Write a session, whole or not at all.

    Raises
    ------
    ExportError
        If the file system refused.
    """
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    saved = {
        "version": _VERSION,
        "pictures": session.pictures,
        "index": session.index,
        "model": session.model,
        "view": session.view,
        "attempts": session.attempts,
    }
    write_bytes(path, json.dumps(saved, indent=1).encode())


def _parse(data: bytes) -> Session:
    """Return the session in some bytes; ValueError if there is none."""
    if len(data) > _MOST_BYTES:
        raise ValueError("too large")
    saved = json.loads(data)
    if not isinstance(saved, dict) or saved.get("version") != _VERSION:
        raise ValueError("not a session")
    session = Session(
        pictures=tuple(_typed(saved, "pictures", list)),
        index=_typed(saved, "index", int),
        model=_typed(saved, "model", str),
        view=_typed(saved, "view", dict),
        attempts=_typed(saved, "attempts", int),
    )
    if not all(isinstance(p, str) and "\0" not in p for p in session.pictures):
        raise ValueError("a picture that is no path")
    if not 0 <= session.index < len(session.pictures) or session.attempts < 0:
        raise ValueError("a number out of range")
    return session


def _typed(saved: dict[str, Any], name: str, kind: type) -> Any:
    value = saved.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is of the wrong type")
    return value


def _lasting(model: str) -> str:
    """Return a model's name such that it means the same in any working folder."""
    return lasting(model) if os.path.isdir(model) else model
