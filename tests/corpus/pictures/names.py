"""Names, paths and URLs that trip programs up; what is in the file is sound."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from tests.corpus.pictures.case import Case, Made, good, put, scene

NAMES = {
    **{"a line break": "a\nb.png", "a tab": "a\tb.png", "a return": "a\rb.png"},
    **{"a hash": "a#b.png", "a per cent": "a%25b.png", "a bad escape": "100%.png"},
    **{"an ampersand": "tom & jerry.png", "a question": "what?.png"},
    **{"quotes": "\"'`.png", "no suffix": "picture", "text": "picture.txt"},
    **{"bytes that are no text": "\udcff\udc80.png", "a backslash": "a\\b.png"},
    **{"right to left": "a\u202egnp.exe", "a null-width": "a\u200bb.png"},
    **{"a long name": "n" * 251 + ".png", "a leading dash": "-rf.png"},
    **{"a leading tilde": "~root.png", "only spaces": "   ", "a leading dot": ".png"},
    **{"emoji": "🦜👩‍👩‍👧.png", "composed by parts": "e\u0301.png"},
    **{"Arabic": "صورة.png", "the wrong suffix": "picture.jpg"},
    **{"a name of Windows": "CON.png", "a drive": "C:picture.png"},
    **{"markup": "<b>x<img src=y>.png", "a format": "%s%n{0}.png"},
    **{"a pipe": "a|b.png", "stars": "*?[a].png"},
    **{"a terminal's escape": "\x1b[31mred\x07.png", "a deletion": "\x7f.png"},
    **{"a trailing space": "a.png ", "a trailing dot": "a.png."},
    **{"two suffixes": "a.png.gz", "a scheme's look": "http:x.png"},
    **{"a comma": "a,b;c.png", "a dollar": "$HOME.png"},
    **{"a private character": "\ue000.png", "no character": "\ufffe.png"},
    **{"a language tag": "\U000e0041.png", "an ideograph": "写真.png"},
}


def opens(words: str, name: str) -> Case:
    return Case(
        f"a name with {words}",
        lambda folder: Made(put(folder, good(), name), pixels=scene()),
    )


def refuses(words: str, name: str) -> Case:
    return Case(
        f"text in a file with {words}",
        lambda folder: Made(put(folder, b"only words", name), refused="not a picture"),
    )


def _url(path: str) -> str:
    return "file://" + quote(os.fsencode(path))


def file_url(words: str, name: str) -> Case:
    return Case(
        f"the URL of a file with {words}",
        lambda folder: Made(_url(put(folder, good(), name)), pixels=scene()),
    )


def _deep(folder: Path) -> Made:
    """Return a path of about 3,000 characters."""
    for _ in range(12):
        folder = folder / ("d" * 240)
    folder.mkdir(parents=True)
    return Made(put(folder, good()), pixels=scene())


def _too_deep(folder: Path) -> Made:
    return Made(str(folder) + "/d" * 4000 + ".png", refused="check the path")


def given(name: str, source: str, words: str) -> Case:
    return Case(name, lambda _: Made(source, refused=words))


def within(name: str, change: Callable[[str], str]) -> Case:
    """Return a case of a path written otherwise."""
    return Case(name, lambda folder: Made(change(put(folder, good())), pixels=scene()))


_DATA = "data:image/png;base64,"
CASES = [
    *(opens(words, name) for words, name in NAMES.items()),
    *(refuses(words, name) for words, name in NAMES.items()),
    *(file_url(words, name) for words, name in NAMES.items()),
    Case("a deep path", _deep),
    Case("a path that is too long", _too_deep),
    given("a name that is too long", "/tmp/" + "n" * 300 + ".png", "check the path"),
    given("an empty name", "", "check|not exist"),
    given("a point", ".", "folder"),
    given("the root", "/", "folder"),
    given("a null", "a\0b.png", "check the path"),
    given("a null in a file URL", "file:///tmp/a%00b.png", "check the path"),
    given("a file URL of another computer", "file://elsewhere/a.png", "another"),
    given("a file URL without a path", "file://", "check|not exist|folder"),
    given("a file URL of half a character", "file:///tmp/\ud800.png", "choose the"),
    given("the home of no user", "~\0/a.png", "not a path"),
    given("a file URL with a bad host", "file://[::1/a.png", "."),
    given("ftp", "ftp://a.invalid/b.png", "not an http"),
    given("a javascript URL", "javascript:alert(1)", "not exist"),
    given("a URL without a host", "http://", "."),
    given("a URL with a bad host", "http://[::1/a.png", "."),
    given("a URL with a bad port", "http://a.invalid:99999999/b.png", "."),
    given("a URL with a line break", "http://a.invalid/\r\nHost: b", "."),
    given("a URL of a long name", "http://" + "a" * 5000 + "/b.png", "."),
    given("a data URL of nothing", "data:", "."),
    given("a data URL without data", "data:image/png;base64,", "empty"),
    given("a data URL of bad base64", _DATA + "!!!", "."),
    given("a data URL of text", "data:text/plain,hello", "not a picture"),
    Case("a data URL", lambda _: Made(
        _DATA + base64.b64encode(good()).decode(), pixels=scene())),
    within("a path with dots", lambda p: p.replace(
        "/picture", "/./../" + p.split("/")[-2] + "/picture")),
    within("a path with many slashes", lambda p: p.replace("/", "///")),
]  # fmt: skip
