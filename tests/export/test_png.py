"""PNG files: the very pixels, with their provenance inside."""

from __future__ import annotations

import errno
import json
import os

import numpy as np
import pytest
from PIL import Image

from vitviewer.errors import ExportError
from vitviewer.export.png import PROVENANCE, write_png
from vitviewer.maps.state import Interpolation


def test_file_holds_the_pixels_and_the_provenance(tmp_path, chelsea):
    path = tmp_path / "overlay.png"
    provenance = {
        "model": "Shapes",
        "map": "layers 1–12 – Katze 猫 🐈",
        "view": {"interpolation": Interpolation.SMOOTH, "lo": 0.1, "first": None},
    }
    write_png(path, chelsea, provenance)
    with Image.open(path) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(np.asarray(image), chelsea)
        assert json.loads(image.text[PROVENANCE]) == provenance
    assert [p.name for p in tmp_path.iterdir()] == ["overlay.png"]


def test_provenance_with_an_undecodable_file_name(tmp_path, chelsea):
    path = tmp_path / "overlay.png"
    write_png(path, chelsea[:8, :8], {"picture": "caf\udce9.png"})
    with Image.open(path) as image:
        assert json.loads(image.text[PROVENANCE]) == {"picture": "caf\udce9.png"}


def test_existing_file_is_replaced(tmp_path, chelsea):
    path = tmp_path / "overlay.png"
    path.write_bytes(b"older")
    write_png(str(path), chelsea[:8, :8], {})
    with Image.open(path) as image:
        assert image.size == (8, 8)


def test_folder_that_is_not_there_is_one_sentence(tmp_path, chelsea):
    with pytest.raises(ExportError, match="could not be written"):
        write_png(tmp_path / "none" / "overlay.png", chelsea[:8, :8], {})


def test_provenance_is_an_international_text_chunk(tmp_path, chelsea):
    path = tmp_path / "overlay.png"
    write_png(path, chelsea[:8, :8], {"picture": "猫"})
    data, at, texts = path.read_bytes(), 8, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"iTXt":
            texts.append(data[at + 8 : at + 8 + size])
        at += 12 + size
    (text,) = texts
    assert text.startswith(b"vitviewer\0")
    assert json.loads(text.rsplit(b"\0", 1)[1]) == {"picture": "猫"}


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_older_file_is_intact_when_writing_fails(tmp_path, chelsea, monkeypatch, step):
    path = tmp_path / "overlay.png"
    write_png(path, chelsea[:8, :8], {"made": 1})
    before = path.read_bytes()

    def refuse(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(ExportError, match="No space left"):
        write_png(path, chelsea, {"made": 2})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["overlay.png"]
