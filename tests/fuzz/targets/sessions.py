"""The file of what was open, and the choices of the view in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.fuzz.mutation import json_mutator
from vitviewer.maps.state import ViewState
from vitviewer.qt.lifecycle.session import Session, read_session, write_session


def attempt(data: bytes, folder: Path) -> None:
    path = folder / "session.json"
    path.write_bytes(data)
    session = read_session(path)
    if session is None:
        assert not path.exists(), "a damaged session stays where it is"
        return
    assert session.is_worth_trying in (True, False)
    state = ViewState()
    state.restore(session.view)
    write_session(path, session)
    assert as_text(read_session(path)) == as_text(session)
    restored = ViewState()
    restored.restore(json.loads(json.dumps(state.to_dict())))
    assert restored.to_dict() == state.to_dict()


def as_text(session: Session | None) -> str:
    """Return a session for comparing: a number may be none, which equals nothing."""
    assert session is not None
    return json.dumps(asdict(session))


def seeds() -> Iterator[bytes]:
    saved = {
        **{"version": 1, "pictures": ["/a.png", "/b.png"], "index": 1},
        **{"model": "shapes", "attempts": 0, "view": ViewState().to_dict()},
    }
    yield json.dumps(saved).encode()
    yield json.dumps({**saved, "view": {}}).encode()


mutate = json_mutator(seeds())
