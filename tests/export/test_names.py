"""Every picture's export has a file of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitviewer.export.names import distinct_stems, name_files, stem_of


@pytest.mark.parametrize(
    ("source", "stem"),
    [
        ("a/cat.png", "cat"),
        ("a/cat.tar.png", "cat.tar"),
        ("file:///a/b%20c.png", "b c"),
        (".png", ".png"),
        ("https://a.org/x/cat%201.png?size=2", "cat_1"),
        ("https://a.org/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"),
        ("https://a.org/", "picture"),
        ("https://a.org/" + "n" * 500 + ".png", "n" * 80),
        ("data:image/png;base64,AAAA", "picture"),
        ("file://elsewhere/cat.png", "cat"),
    ],
)
def test_stems(source: str, stem: str) -> None:
    assert stem_of(source) == stem


def test_no_two_sources_share_a_file(tmp_path: Path) -> None:
    sources = ["a/x.png", "b/X.PNG", "c/x-2.png", "data:,1", "data:,2"]
    named = list(name_files(sources, tmp_path, "npz"))
    names = [target.name for _, target, _ in named]
    assert names == ["x.npz", "X-2.npz", "x-2-2.npz", "picture.npz", "picture-2.npz"]
    assert [bool(note) for *_, note in named] == [False, True, True, False, True]


def test_a_source_is_not_a_target(tmp_path: Path) -> None:
    source = str(tmp_path / "x.png")
    [(_, target, note)] = name_files([source], tmp_path, "png")
    assert target == tmp_path / "x-2.png"
    assert "taken" in note
    [(_, target, note)] = name_files([source], tmp_path, "npz")
    assert (target, note) == (tmp_path / "x.npz", "")


def test_all_files_of_a_source_have_names_of_their_own(tmp_path: Path) -> None:
    here = str(tmp_path / "dog-overlay.png")
    sources = ["a/cat.png", "b/cat.jpg", "a/dog.png", here]
    named = distinct_stems(sources, tmp_path, ("-window.png", "-overlay.png"))
    stems = [stem for _, stem in named]
    assert stems == ["cat", "cat-2", "dog-2", "dog-overlay"]
