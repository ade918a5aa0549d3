"""Files, bytes and arrays become upright pictures, or one sentence."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from tests.picture_factory import encoded, noise, oriented, png
from vitviewer.errors import ImageError
from vitviewer.pictures.folders import SUFFIXES, list_pictures
from vitviewer.pictures.limits import MAX_PIXELS
from vitviewer.pictures.opening import decode_image, is_url, open_image
from vitviewer.pictures.picture import from_pixels

PHOTOGRAPHS = Path(skimage.__file__).parent / "data"


def refused(data: bytes, name: str = "x.png") -> str:
    """Decode what must not open; return the one sentence about it."""
    with pytest.raises(ImageError) as caught:
        decode_image(data, name, name)
    return one_sentence(caught.value, name)


def one_sentence(error: ImageError, name: str) -> str:
    """Check that an error is one line that names the file and ends well."""
    sentence = str(error)
    assert name in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 300
    return sentence


def test_pixels_name_source_and_size(tmp_path: Path) -> None:
    pixels = noise(5, 7)
    path = tmp_path / "a picture.png"
    path.write_bytes(encoded(pixels))
    picture = open_image(path)
    np.testing.assert_array_equal(picture.pixels, pixels)
    assert picture.pixels.dtype == np.uint8
    assert (picture.name, picture.source) == ("a picture.png", str(path))
    assert picture.size == (7, 5)
    assert picture.notes == ()


def test_digest_covers_size_and_pixels() -> None:
    pixels = noise(4, 6)
    expected = hashlib.sha256(struct.pack("<II", 6, 4) + pixels.tobytes()).hexdigest()
    picture = from_pixels(pixels)
    assert picture.digest == expected
    assert picture.digest is picture.digest
    assert from_pixels(pixels.reshape(6, 4, 3)).digest != expected


@pytest.mark.parametrize("name", ["chelsea.png", "rocket.jpg", "astronaut.png"])
def test_photographs_open(name: str) -> None:
    picture = open_image(PHOTOGRAPHS / name)
    assert min(picture.size) >= 300
    assert 20 < picture.pixels.mean() < 235


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_all_orientations(form: str, turn: int) -> None:
    stored = noise(5, 7)
    upright = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: np.rot90(stored, 2).transpose(1, 0, 2),
        8: np.rot90(stored),
    }[turn]
    picture = decode_image(oriented(stored, turn, form), "x", "x")
    np.testing.assert_array_equal(picture.pixels, upright)


@pytest.mark.parametrize(
    ("turn", "corner"),
    list(zip(range(1, 9), ["nw", "ne", "se", "sw"] * 2, strict=True)),
)
def test_orientation_of_a_jpeg_moves_the_marked_corner(turn: int, corner: str) -> None:
    stored = np.zeros((32, 64, 3), np.uint8)
    stored[:16, :16] = 255  # the first stored row's first pixels
    pixels = decode_image(oriented(stored, turn, "JPEG"), "x", "x").pixels
    assert pixels.shape[:2] == ((64, 32) if turn >= 5 else (32, 64))
    row = 0 if corner[0] == "n" else -1
    col = 0 if corner[1] == "w" else -1
    assert pixels[row, col].min() > 240
    assert (pixels > 128).all(axis=2).sum() == 16 * 16


def test_pictures_of_many_strips_are_whole() -> None:
    pixels = noise(2300, 1000)
    data = oriented(pixels, 6, "TIFF")
    picture = decode_image(data, "x", "x")
    np.testing.assert_array_equal(picture.pixels, np.rot90(pixels, -1))


def test_first_frame_of_an_animation() -> None:
    first, *others = (Image.fromarray(noise(4, 4, seed=n)) for n in range(3))
    data = encoded(
        np.asarray(first), "WEBP", lossless=True, save_all=True, append_images=others
    )
    picture = decode_image(data, "x", "x")
    np.testing.assert_array_equal(picture.pixels, np.asarray(first))
    assert picture.notes == ("frame 1 of 3",)


def test_a_jpeg_with_a_gain_map_is_one_picture() -> None:
    data = encoded(
        noise(8, 8), "MPO", save_all=True, append_images=[Image.new("L", (4, 4))]
    )
    picture = decode_image(data, "x", "x")
    assert picture.size == (8, 8)
    assert picture.notes == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"just some text\n", "not a picture"),
        (b"", "empty"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (b"\xc5\xd0\xd3\xc6 binary", "PostScript"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom", "video"),
        (b"<?xml version='1.0'?>\n<svg xmlns=''/>", "SVG"),
        (b"  <svg width='3'/>", "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        (b"\xff\x0a rest", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, words: str) -> None:
    assert words in refused(data)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_cut_short_is_refused(form: str, share: float) -> None:
    data = encoded(noise(90, 90), form)
    words = refused(data[: int(len(data) * share)])
    assert "again" in words


def test_cut_short_photograph_is_refused(tmp_path: Path) -> None:
    data = (PHOTOGRAPHS / "rocket.jpg").read_bytes()
    path = tmp_path / "half.jpg"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match="cut short"):
        open_image(path)


@pytest.mark.parametrize("side", [11_000, 13_300, 30_000])
def test_too_many_pixels_are_refused_before_decoding(side: int) -> None:
    with warnings.catch_warnings(record=True) as leaked:
        warnings.filterwarnings("ignore", category=Warning)
        words = refused(png(side, side, 2, 8))
    assert "megapixels" in words
    assert not leaked


def test_a_huge_text_chunk_is_refused() -> None:
    import zlib

    from tests.picture_factory import chunk

    bomb = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200 << 20), 9))
    data = png(1, 1, 2, 8, b"\0abc")
    refused(data[:33] + bomb + data[33:])


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"GIF89a\x01\0\x01\0\0\0\0"])
def test_endless_headers_are_given_up(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "zeros.jpg"
    path.write_bytes(head)
    os.truncate(path, 1 << 30)  # sparse; read byte by byte it takes minutes
    with pytest.raises(ImageError, match="damaged"):
        open_image(path)


def test_a_tail_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "tail.png"
    path.write_bytes(encoded(noise(3, 2)))
    os.truncate(path, 1 << 30)
    assert open_image(path).size == (2, 3)
    os.truncate(path, 3 << 30)
    with pytest.raises(ImageError, match="GiB"):
        open_image(path)


def test_special_files_are_refused_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.png"
    os.mkfifo(fifo)
    sock = tmp_path / "s.png"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(sock))
    cases = {fifo: "pipe", sock: "socket", tmp_path: "folder"}
    cases[Path("/dev/zero")] = "device"
    for path, words in cases.items():
        with pytest.raises(ImageError, match=words) as caught:
            open_image(path)
        one_sentence(caught.value, path.name)
    listener.close()


def test_missing_and_impossible_names(tmp_path: Path) -> None:
    for name, words in [("gone.png", "does not exist"), ("n" * 300, "check the path")]:
        with pytest.raises(ImageError, match=words):
            open_image(tmp_path / name)
    with pytest.raises(ImageError, match="check the path"):
        open_image("nul\0byte.png")


@pytest.mark.parametrize("name", ["two\nlines.png", "\udcff.png", "a\u202egnp.exe"])
def test_names_are_made_printable(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(encoded(noise(2, 2)))
    shown = open_image(path).name
    assert shown.isprintable()
    assert open_image(path).source == str(path)
    path.write_bytes(b"text")
    with pytest.raises(ImageError) as caught:
        open_image(path)
    assert str(caught.value).isprintable()
    assert shown in str(caught.value)


def test_long_names_are_shortened() -> None:
    with pytest.raises(ImageError) as caught:
        decode_image(b"text", "n" * 5000 + ".png", "x")
    assert "…" in str(caught.value)
    assert len(str(caught.value)) < 300
    assert ".png’" in str(caught.value)


def test_file_urls_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "100% #1.png"
    path.write_bytes(encoded(noise(3, 2)))
    assert open_image(path.as_uri()).size == (2, 3)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_image("~/100% #1.png").size == (2, 3)
    with pytest.raises(ImageError, match="another computer"):
        open_image("file://elsewhere/a.png")


def test_data_urls_open() -> None:
    import base64

    text = base64.b64encode(encoded(noise(3, 2))).decode()
    picture = open_image(f"data:image/png;base64,{text}")
    assert picture.size == (2, 3)
    assert text not in picture.source


def test_what_counts_as_a_url() -> None:
    assert is_url("https://a.org/b.png")
    assert is_url("data:,x")
    assert not is_url("file:///a.png")
    assert not is_url("C:\\pictures\\a.png")
    assert not is_url("a/b.png")
    with pytest.raises(ImageError, match="not an http"):
        open_image("ftp://a.org/b.png")


def test_folders_list_in_natural_order(tmp_path: Path) -> None:
    for name in ["b10.png", "b9.PNG", "a.jpeg", ".hidden.png", "notes.txt", "b9.gif"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "fifo.png")
    names = [path.name for path in list_pictures(tmp_path)]
    assert names == ["a.jpeg", "b9.gif", "b9.PNG", "b10.png"]
    assert ".svg" not in SUFFIXES
    with pytest.raises(ImageError, match="could not be listed"):
        list_pictures(tmp_path / "gone")


def test_arrays(tmp_path: Path) -> None:
    grey = noise(3, 4, 1)
    picture = from_pixels(grey[..., 0], "grey")
    np.testing.assert_array_equal(picture.pixels, np.repeat(grey, 3, axis=2))
    picture.pixels[0, 0] = 0  # a copy, the array stays
    assert from_pixels(np.linspace(0, 1, 12).reshape(3, 4)).pixels.max() == 255
    np.testing.assert_array_equal(
        from_pixels(np.array([[False, True]])).pixels[0, :, 0], [0, 255]
    )
    for bad in [np.zeros(3), np.zeros((2, 2, 4)), np.zeros((0, 2)), np.array([["a"]])]:
        with pytest.raises(ImageError, match="no picture"):
            from_pixels(bad)
    with pytest.raises(ImageError, match="megapixels"):
        from_pixels(np.broadcast_to(np.uint8(0), (MAX_PIXELS, 2)))


def test_many_threads_decode_at_once() -> None:
    pictures = [noise(40, 50, seed=n) for n in range(8)]
    files = [oriented(pixels, 6, "PNG") for pixels in pictures]
    answers: dict[int, bool] = {}

    def decode(n: int) -> None:
        picture = decode_image(files[n], "x", "x")
        answers[n] = np.array_equal(picture.pixels, np.rot90(pictures[n], -1))

    threads = [threading.Thread(target=decode, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == dict.fromkeys(range(8), True)
