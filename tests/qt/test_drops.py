"""What a drop or the clipboard holds."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QByteArray, QMimeData, QUrl
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QDialog, QWidget

from tests.qt.window_kit import close_viewer, make_viewer
from vitviewer.methods.registry import list_methods
from vitviewer.qt import drops


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


def test_a_file_and_an_address():
    data = mime(urls=["https://example.org/b.png", "file:///a.png"])
    assert drops.read(data).sources == ("/a.png", "https://example.org/b.png")


def test_a_file_on_another_computer_keeps_its_name():
    data = mime(urls=["file://server/share/a.png"])
    assert drops.read(data).sources == ("file://server/share/a.png",)


def test_html_knows_the_picture_s_address():
    html = b'<a href="/page"><img src="https://example.org/a.png"></a>'
    data = mime(urls=["https://example.org/page"], formats={"text/html": html})
    assert drops.read(data).sources == ("https://example.org/a.png",)


def test_html_without_pictures_leaves_the_address():
    data = mime(urls=["https://example.org/a"], formats={"text/html": b"<a>x</a>"})
    assert drops.read(data).sources == ("https://example.org/a",)


def test_files_that_a_file_manager_has_cut():
    kind = "x-special/gnome-copied-files"
    data = mime(formats={kind: b"cut\nfile:///a%20b.png\nfile:///c.png"})
    assert drops.can_read(data)
    assert drops.read(data).sources == ("file:///a%20b.png", "file:///c.png")


@pytest.mark.parametrize("kind", ["avif", "gif", "heic", "svg+xml"])
def test_bytes_of_any_kind_of_picture_are_handed_on(kind):
    """Which can be opened, and why not, is the decoder's to say."""
    data = mime(formats={f"image/{kind}": b"bytes"})
    assert drops.can_read(data)
    assert drops.read(data).data == b"bytes"


def test_the_best_of_several_is_taken():
    kinds = {"image/x-icon": b"i", "image/jpeg": b"j", "image/png": b"p"}
    assert drops.read(mime(formats=kinds)).data == b"p"


class Hanging(QMimeData):
    """Answers nothing, and counts how often it was asked."""

    def __init__(self, formats: list[str]) -> None:
        super().__init__()
        self.asked = 0
        self._formats = formats

    def formats(self) -> list[str]:
        self.asked += not self._formats
        return self._formats

    def hasFormat(self, _kind: str) -> bool:
        raise AssertionError("each of these asks anew")

    def retrieveData(self, _kind: str, _type: object) -> object:
        self.asked += 1
        return QByteArray()


@pytest.mark.parametrize(
    "formats", [[], ["text/uri-list", "text/html", "image/png", "text/plain"]]
)
def test_after_a_silence_nothing_more_is_asked(monkeypatch, formats):
    monkeypatch.setattr(drops, "_PATIENCE_S", -1.0)
    data = Hanging(formats)
    drop = drops.read(data)
    assert (bool(drop), drop.silent, data.asked) == (False, True, 1)
    assert "does not answer" in drop.complaint


def test_no_field_keeps_what_is_dropped_on_it(qtbot):
    """Only windows take it: one that floats, or a dialog, as well."""
    viewer = make_viewer(qtbot, None)
    window = viewer.window
    for name in list_methods():
        viewer.state.method = name
    window.panels.open_picker()
    window.menus.actions.show_shortcuts()
    window.menus.actions.show_about()
    window.offer_report("report")
    window.notice.button.click()
    dialogs = [d for d in window.findChildren(QDialog) if d.isVisible()]
    assert len(dialogs) == 4
    taking = [w for w in window.findChildren(QWidget) if w.acceptDrops()]
    assert set(taking) == {*dialogs, *window.docks.values()}
    assert window.acceptDrops()
    for dialog in dialogs:
        dialog.close()
    close_viewer(viewer)
