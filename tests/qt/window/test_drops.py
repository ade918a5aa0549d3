"""What a drop or the clipboard holds."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from vitviewer.qt.window import drops


def mime(**parts) -> QMimeData:
    data = QMimeData()
    if "urls" in parts:
        data.setUrls([QUrl(u) for u in parts["urls"]])
    if "text" in parts:
        data.setText(parts["text"])
    for kind, payload in parts.get("formats", {}).items():
        data.setData(kind, payload)
    return data


def test_files_and_folders():
    data = mime(urls=["file:///a/cat%25%23.png", "file:///b/folder"])
    assert drops.read(data).sources == ("/a/cat%#.png", "/b/folder")
    assert drops.can_read(data)


def test_picture_bytes_win_over_the_web_address():
    payload = b"\x89PNG..."
    data = mime(urls=["https://example.org/a.png"], formats={"image/png": payload})
    assert drops.read(data) == drops.Drop(data=payload)


def test_web_address():
    data = mime(urls=["https://example.org/a%20b.png"])
    assert drops.read(data).sources == ("https://example.org/a%20b.png",)


@pytest.mark.parametrize(
    "text", ["https://example.org/a.png", "/home/me/a.png", "data:image/png;base64,AA"]
)
def test_text_that_is_an_address(text):
    assert drops.read(mime(text=f"  {text}\n")).sources == (text,)


@pytest.mark.parametrize("text", ["hello", "", "two\n/lines", "javascript:alert(1)"])
def test_other_text_is_nothing(text):
    data = mime(text=text)
    assert not drops.read(data)
    assert not drops.can_read(data)


def test_decoded_image_becomes_png(qapp):
    image = QImage(5, 4, QImage.Format.Format_RGB32)
    image.fill(QColor(10, 20, 30))
    data = QMimeData()
    data.setImageData(image)
    read = np.asarray(Image.open(io.BytesIO(drops.read(data).data)).convert("RGB"))
    assert read.shape == (4, 5, 3)
    assert (read == [10, 20, 30]).all()
