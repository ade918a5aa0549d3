"""Which pictures a text or a piece of HTML names that another program hands over."""

from __future__ import annotations

import pytest

from vitviewer.errors import ImageError
from vitviewer.pictures.handed import decoded_html, sources_in_html, sources_in_text
from vitviewer.pictures.opening import is_url, open_image
from vitviewer.pictures.places import reason

PAGE = "https://a.org/gallery/page.html"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/a.png\n/b c.png\n", ["/a.png", "/b c.png"]),
        ("/a.png\r\n\r\nhttps://a.org/b.png", ["/a.png", "https://a.org/b.png"]),
        ('"/a b.png"', ["/a b.png"]),
        ("'/a b.png' '/c.png'", ["/a b.png", "/c.png"]),
        (r"/a\ b.png", ["/a b.png"]),
        ("“/a b.png”", ["/a b.png"]),
        ("<https://a.org/b.png>", ["https://a.org/b.png"]),
        ("/it's one.png", ["/it's one.png"]),
        ("file:///a%20b.png", ["file:///a%20b.png"]),
        ("~/a.png", ["~/a.png"]),
        ("\ufeff/a.png\0", ["/a.png"]),
        ("smb://host/a.png", ["smb://host/a.png"]),
        ("blob:https://a.org/1-2", ["blob:https://a.org/1-2"]),
        ("two\n/lines", []),
        ("/a.png\nand words", []),
        ("a.png", []),  # in which folder?
        ("search: cats", []),
        ("'hello' 'you'", []),
        ("javascript:alert(1)", []),
        ("", []),
    ],
)
def test_texts(text, expected):
    assert list(sources_in_text(text)) == expected


def test_a_name_with_quotes_that_is_there(tmp_path):
    path = tmp_path / "a 'quoted' \"name\".png"
    path.touch()
    assert sources_in_text(str(path)) == (str(path),)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://a.org/p"><img src="https://b.org/i.png"></a>',
         ["https://b.org/i.png"]),
        ('<img src="data:image/png;base64,AA==">', ["data:image/png;base64,AA=="]),
        ("<IMG SRC='../i.png?a=1&amp;b=2'/>", ["https://a.org/i.png?a=1&b=2"]),
        ('<base href="https://c.org/d/"><img src="i.png">', ["https://c.org/d/i.png"]),
        ('<img src="//b.org/i.png"><img src="//b.org/i.png">', ["https://b.org/i.png"]),
        ('<svg><image href="i.png"/></svg>', ["https://a.org/gallery/i.png"]),
        ('<img src="blob:https://a.org/1"><img src="/i.png">', ["https://a.org/i.png"]),
        ('<img src="blob:https://a.org/1">', ["blob:https://a.org/1"]),
        ('<img src="javascript:1"><img src=""><img>', []),
        ('<img src="http://[half"><p>words', ["http://[half"]),
        ("just words &lt;img src='x'&gt;", []),
    ],
)  # fmt: skip
def test_html(html, expected):
    assert list(sources_in_html(html, PAGE)) == expected


def test_relative_addresses_without_a_page_are_nothing():
    assert sources_in_html('<img src="i.png">') == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings_of_html(encoding):
    html = "<img alt='é' src='x'>"
    assert decoded_html(html.encode(encoding)) == html


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("smb://host/share/a.png", "another computer"),
        ("SFTP://me@host/a.png", "another computer"),
        ("trash:///a.png", "restore it"),
        ("trash:/0-a.png", "restore it"),
        ("mtp://phone/DCIM/a.jpg", "device"),
        ("recent:///abc", "file manager"),
        ("blob:https://a.org/1-2-3", "browser"),
        ("about:blank", "browser"),
        ("ftp://a.org/b.png", "not an http"),
    ],
)
def test_places_say_what_to_do(place, words):
    assert is_url(place)
    with pytest.raises(ImageError, match=words):
        open_image(place)


@pytest.mark.parametrize(
    "text", ["https://a.org/smb://x", "/smb:/x", "search: cats", "C:/a.png", "recent"]
)
def test_what_is_no_such_place(text):
    assert reason(text) == ""
