"""The map of the code names what is there, and every room says what it is for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import vitviewer

PACKAGE = Path(vitviewer.__file__).parent
GUIDE = PACKAGE.with_name("CONTRIBUTING.md").read_text(encoding="utf-8")
ROOMS = sorted(
    file.parent for file in PACKAGE.rglob("__init__.py") if file.parent != PACKAGE
)


def test_every_file_that_is_named_exists():
    named = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|md))`", GUIDE))
    assert len(named) > 20
    folders = (PACKAGE, PACKAGE.parent)
    assert not {n for n in named if not any((f / n).is_file() for f in folders)}


def test_every_room_is_on_the_map():
    on_it = set(re.findall(r"^\| `([a-z]+)/` \|", GUIDE, re.M))
    assert on_it == {room.name for room in ROOMS if room.parent == PACKAGE}


def test_the_map_is_short():
    assert len(GUIDE.splitlines()) <= 150


@pytest.mark.parametrize(
    "room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix()
)
def test_a_room_says_what_it_is_for_and_imports_nothing(room):
    body = ast.parse((room / "__init__.py").read_text(encoding="utf-8")).body
    assert len(body) == 1
    words = ast.literal_eval(body[0].value)
    assert len(words.splitlines()) >= 4
