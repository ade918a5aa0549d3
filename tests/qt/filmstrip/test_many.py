"""However many pictures are opened, only those near the visible ones are looked at."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from vitviewer.qt.filmstrip import rows
from vitviewer.qt.filmstrip.thumbnails import MOST_KEPT

FEW, MANY = 100, 100_000
_LINKS = 30_000  # a file system may allow some 65,000


def fill(folder: Path, count: int) -> Path:
    """Write pictures, all but some of them links to another."""
    folder.mkdir()
    for n in range(count):
        path = folder / f"{n}.png"
        if n % _LINKS == 0:
            source = path
            Image.new("RGB", (30, 20), (200, 30, 30)).save(path)
        else:
            os.link(source, path)
    return folder


@pytest.fixture
def asked():
    """Count how often the view asks for the data of a row, or how many there are."""
    counted: list[str] = []
    codes = {rows.Rows.data.__code__, rows.Rows.rowCount.__code__}

    def count(frame, event, _argument):
        if event == "call" and frame.f_code in codes:
            counted.append(frame.f_code.co_name)

    sys.setprofile(count)
    yield counted
    sys.setprofile(None)


def test_opening_costs_the_same_for_many(asked, film, tmp_path):
    few, many = fill(tmp_path / "few", FEW), fill(tmp_path / "many", MANY)
    costs, made = [], []
    for folder, count in ((few, FEW), (many, MANY)):
        asked.clear()
        film.open(folder)
        assert film.strip.count == count
        film.qtbot.waitUntil(lambda: film.made(0) is not None)
        film.qtbot.waitUntil(lambda: not film.strip.thumbnails.is_busy)
        costs.append(len(asked))
        made.append(len(film.strip.thumbnails))
    visible = film.strip.viewport().height() // film.rect(0).height() + 2
    assert max(made) <= 2 * visible
    assert 0 < costs[1] < 3 * costs[0]
    film.viewer.controller.step(MANY)
    film.qtbot.waitUntil(lambda: film.made(MANY - 1) is not None)
    film.qtbot.waitUntil(lambda: not film.strip.thumbnails.is_busy)
    assert len(film.strip.thumbnails) <= 5 * visible


def test_what_is_scrolled_past_is_not_made(film, tmp_path):
    film.open(fill(tmp_path / "many", 5000))
    bar = film.strip.verticalScrollBar()
    for share in range(100):
        bar.setValue(bar.maximum() * share // 100)
    bar.setValue(bar.maximum())
    film.qtbot.waitUntil(lambda: film.made(4999) is not None)
    visible = film.strip.viewport().height() // film.rect(4999).height() + 2
    assert len(film.strip.thumbnails) <= 6 * visible


def test_only_so_many_are_kept(film, tmp_path):
    film.open(fill(tmp_path / "many", 2 * MOST_KEPT))
    bar, thumbnails = film.strip.verticalScrollBar(), film.strip.thumbnails
    row, page = 0, film.strip.viewport().height() // film.rect(0).height()
    while row < film.strip.count:
        bar.setValue(row * film.rect(row).height())
        film.qtbot.waitUntil(lambda row=row: film.made(row) is not None)
        film.qtbot.waitUntil(lambda: not thumbnails.is_busy)
        assert len(thumbnails) <= MOST_KEPT
        row += page
    assert len(thumbnails) == MOST_KEPT
    assert film.made(0) is None
    bar.setValue(0)
    film.qtbot.waitUntil(lambda: film.made(0) is not None)
