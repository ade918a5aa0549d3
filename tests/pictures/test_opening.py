"""Opening what was dropped: folders are expanded, failures are sentences."""

from __future__ import annotations

import numpy as np
from PIL import Image

from vitviewer.pictures.opening import decode_bytes, open_first, open_one


def save(path, level):
    Image.fromarray(np.full((4, 6, 3), level, np.uint8)).save(path)
    return str(path)


def test_files_stay_in_the_order_they_were_dropped(tmp_path):
    paths = [save(tmp_path / name, 9) for name in ("b.png", "a.png")]
    opened = open_first(paths)
    assert opened.sources == paths
    assert opened.picture.name == "b.png"
    assert opened.error == ""


def test_a_folder_stands_for_its_pictures(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    second, first = (save(folder / n, 9) for n in ("10.png", "9.png"))
    single = save(tmp_path / "z.png", 9)
    assert open_first([str(folder), single]).sources == [first, second, single]


def test_an_empty_folder_is_a_sentence(tmp_path):
    opened = open_first([str(tmp_path)])
    assert (opened.sources, opened.picture) == ([], None)
    assert "choose another folder" in opened.error


def test_a_bad_first_picture_keeps_the_others(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    good = save(tmp_path / "good.png", 9)
    opened = open_first([str(bad), good])
    assert opened.sources == [str(bad), good]
    assert opened.picture is None
    assert "bad.png" in opened.error


def test_one_picture_says_nothing_of_the_others(tmp_path):
    opened = open_one(save(tmp_path / "a.png", 200))
    assert opened.sources == []
    assert (opened.picture.pixels == 200).all()


def test_bytes(tmp_path):
    data = (tmp_path / "a.png", save(tmp_path / "a.png", 70))[0].read_bytes()
    assert (decode_bytes(data, "pasted picture").picture.pixels == 70).all()
    assert decode_bytes(b"rubbish", "pasted picture").error
