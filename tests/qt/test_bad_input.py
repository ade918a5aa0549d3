"""Whatever is dropped: one clear sentence, and the previous picture stays."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zlib

import numpy as np
import pytest

from tests.qt.window_kit import close_viewer, make_viewer, save_picture


@pytest.fixture
def viewer(qtbot, tiny_vit, tmp_path, chelsea):
    viewer = make_viewer(qtbot, tiny_vit)
    viewer.open(save_picture(tmp_path, "cat.png", chelsea))
    yield viewer
    close_viewer(viewer)


def text_called_png(folder):
    path = folder / "text.png"
    path.write_text("I am no picture.")
    return path


def truncated_jpeg(folder):
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), np.uint8)
    whole = save_picture(folder, "whole.jpg", noise).read_bytes()
    path = folder / "cut.jpg"
    path.write_bytes(whole[: len(whole) // 2])
    return path


def empty_file(folder):
    path = folder / "empty.png"
    path.touch()
    return path


def empty_folder(folder):
    path = folder / "nothing"
    path.mkdir()
    return path


def fifo(folder):
    path = folder / "pipe.png"
    os.mkfifo(path)
    return path


def huge_picture(folder):
    """A PNG whose header claims 30,000 × 30,000 pixels."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    path = folder / "huge.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))
    return path


def missing_file(folder):
    return folder / "gone.png"


def folder_without_weights(folder):
    path = folder / "config-only"
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    return path


def pickle_only_model(folder):
    path = folder_without_weights(folder)
    bomb = _Bomb(folder / "marker")
    (path / "pytorch_model.bin").write_bytes(pickle.dumps(bomb))
    return path


def swin_model(folder):
    path = folder / "swin"
    path.mkdir()
    (path / "config.json").write_text(json.dumps({"model_type": "swin"}))
    return path


class _Bomb:
    """Writes a marker file when unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


KINDS = [
    text_called_png,
    truncated_jpeg,
    empty_file,
    empty_folder,
    fifo,
    huge_picture,
    missing_file,
    folder_without_weights,
    pickle_only_model,
    swin_model,
]


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_one_sentence_and_the_picture_stays(viewer, tmp_path, make):
    before = viewer.pixels()
    model = viewer.controller.model
    viewer.drop(make(tmp_path))
    notice = viewer.window.notice
    viewer.qtbot.waitUntil(notice.isVisible, timeout=60_000)
    sentence = notice.label.text()
    assert 20 < len(sentence) <= 400
    assert "\n" not in sentence
    assert "Traceback" not in sentence
    assert viewer.controller.picture.name == "cat.png"
    assert viewer.controller.model is model
    notice.hide()
    viewer.qtbot.waitUntil(lambda: viewer.pixels().shape == before.shape)
    np.testing.assert_array_equal(viewer.pixels(), before)
    assert not (tmp_path / "marker").exists()


def test_a_broken_picture_does_not_end_the_tour(viewer, tmp_path, chelsea, coffee):
    paths = [
        save_picture(tmp_path, "1.png", chelsea),
        text_called_png(tmp_path),
        save_picture(tmp_path, "3.png", coffee),
    ]
    viewer.drop(*paths)
    viewer.wait_for_map("1.png")
    viewer.controller.step(1)
    viewer.qtbot.waitUntil(viewer.window.notice.isVisible, timeout=60_000)
    assert viewer.controller.picture.name == "1.png"
    viewer.controller.step(1)
    viewer.wait_for_map("3.png")


def test_markup_in_names_is_shown_as_it_is(viewer, tmp_path, chelsea):
    name = "<b>bold</b><img src=x>.png".replace("/", "\N{DIVISION SLASH}")
    viewer.open(save_picture(tmp_path, name, chelsea))
    assert name in viewer.place
    viewer.controller.noticed.emit("<h1>big</h1> is no picture: choose another file.")
    label = viewer.window.notice.label
    assert label.text().startswith("<h1>big</h1>")
    assert label.textFormat().name == "PlainText"
