"""What was open is read back whole, or not at all."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from vitviewer.maps.state import ViewState
from vitviewer.qt.lifecycle.session import (
    Session,
    read_session,
    session_of,
    write_session,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "session.json"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    picture = tmp_path / "cat.png"
    picture.touch()
    return Session((str(picture),), 0, "shapes", ViewState().to_dict())


def test_comes_back_as_it_was(path: Path, session: Session) -> None:
    write_session(path, session)
    assert read_session(path) == session
    assert session.is_worth_trying


def test_none_yet_is_no_damage(path: Path) -> None:
    assert read_session(path) is None
    assert not path.parent.exists()


def test_names_that_are_no_unicode_come_back(path: Path, session: Session) -> None:
    odd = os.fsdecode(b"/tmp/\xff\xfe.png")
    write_session(path, replace(session, pictures=(odd,)))
    restored = read_session(path)
    assert restored is not None
    assert restored.pictures == (odd,)


WRONG = {
    "pictures": [1, "a", None, [1], [None], ["a\0b"], []],
    "index": ["0", -1, 1, 0.5, True, None],
    "model": [1, None, []],
    "view": [1, None, [], "x"],
    "attempts": ["0", -1, None],
    "version": [0, 2, None, "1"],
}
CASES = [(key, value) for key, values in WRONG.items() for value in values]


@pytest.mark.parametrize(("key", "value"), CASES)
def test_a_wrong_value_is_a_fresh_start(
    key: str, value: object, path: Path, session: Session
) -> None:
    write_session(path, session)
    saved = json.loads(path.read_bytes())
    path.write_text(json.dumps({**saved, key: value}))
    assert read_session(path) is None
    assert path.with_name("session.json.damaged").is_file()
    assert not path.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b'{"version": 1, "pict',
        bytes(range(256)) * 10,
        b"[" * 100_000,
        b" " * (5 * 1024**2),
        b"[1]",
        b"null",
        b'{"version": 1e999}',
    ],
    ids=lambda data: str(data[:8]),
)
def test_a_damaged_file_is_set_aside(data: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    assert read_session(path) is None
    assert path.with_name("session.json.damaged").read_bytes() == data
    assert not path.exists()


def test_a_folder_in_its_place_is_set_aside(path: Path, session: Session) -> None:
    for _ in range(2):
        (path / "within").mkdir(parents=True)
        assert read_session(path) is None
        assert not path.exists()
    write_session(path, session)
    assert read_session(path) == session


def test_every_truncation_is_a_fresh_start(path: Path, session: Session) -> None:
    write_session(path, session)
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert read_session(path) is None


def test_no_address_is_asked_again_by_itself() -> None:
    sources = ["https://a.org/a.png", "/b.png", "http://c.org/c.png", "/d.png"]
    session = session_of(sources, 3, "m", {})
    assert session is not None
    assert (session.pictures, session.index) == (("/b.png", "/d.png"), 1)
    assert session_of(sources, 0, "m", {}) is None
    assert session_of([], 0, "m", {}) is None


def test_of_very_many_pictures_the_near_ones_are_kept(path: Path) -> None:
    sources = [f"/{n}.png" for n in range(100_000)]
    for index in (0, 3, 50_000, 99_999):
        session = session_of(sources, index, "m", {})
        assert session is not None
        assert session.pictures[session.index] == sources[index]
        assert len(session.pictures) <= 1000


def test_a_picture_that_is_gone_is_not_tried(session: Session) -> None:
    os.unlink(session.pictures[0])
    assert not session.is_worth_trying


def test_what_failed_twice_is_not_tried_again(session: Session) -> None:
    assert replace(session, attempts=1).is_worth_trying
    assert not replace(session, attempts=2).is_worth_trying
