"""Home folders in options: expanded where no shell has done it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.model_factory import make_model
from tests.picture_factory import encoded, noise
from vitviewer.cli.arguments import convert_parser, export_parser, window_parser
from vitviewer.cli.commands import COMMANDS
from vitviewer.cli.main import main

FORMS = ["~/{}", "$HOME/{}", "${{HOME}}/{}", "~/./{}"]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    return make_model(tmp_path_factory.mktemp("vit"), "vit")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """Return the home folder; the current one is another."""
    home, here = tmp_path / "home of ü", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    return home


@pytest.mark.parametrize("form", FORMS)
def test_every_option_knows_the_home_folder(home, model, capsys, form):
    shutil.copytree(model, home / "m")
    (home / "cat.png").write_bytes(encoded(noise(20, 20)))
    shutil.copytree(home / "m", home / "pictures")
    shutil.copy(home / "cat.png", home / "pictures" / "dog.png")
    words = [form.format("cat.png"), form.format("pictures")]
    words += [f"--model={form.format('m')}", f"--out={form.format('maps')}"]
    assert main(["export", *words, "--device", "cpu"]) == 0
    assert sorted(p.name for p in (home / "maps").iterdir()) == ["cat.png", "dog.png"]
    assert main(["inspect", form.format("m")]) == 0
    assert main(["convert", form.format("m")]) == 1
    assert "exists already" in capsys.readouterr().err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("form", FORMS)
def test_the_window_s_options_too(home, form):
    args = window_parser().parse_args([f"--out={form.format('maps')}"])
    assert args.out == home / "maps"
    assert convert_parser().parse_args([form.format("m")]).folder == home / "m"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("./~/maps", "~/maps"),
        ("a/~", "a/~"),
        ("a/$HOME", "a/$HOME"),
        ("$HOMES/x", "$HOMES/x"),
        ("maps~", "maps~"),
        (".", "."),
    ],
)
def test_elsewhere_in_a_name_they_are_letters(home, text, path):
    assert export_parser().parse_args(["x", f"--out={text}"]).out == Path(path)


@pytest.mark.parametrize("text", ["~", "$HOME", "${HOME}", "~/"])
def test_the_home_folder_itself(home, text):
    assert export_parser().parse_args(["x", "--out", text]).out == home


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["export", "x", "--out="], "name of a folder is missing"),
        (["export", "x", "--out", ""], "name of a folder is missing"),
        (["--headless", "--out="], "name of a folder is missing"),
        (["convert", ""], "name of a folder is missing"),
        (["export", "x", "--out=~nobody-here/x"], "the home of no user"),
        (["--out=~nobody-here"], "the home of no user"),
    ],
)
def test_no_folder_is_a_usage_error(home, capsys, words, told):
    assert main(words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]
    assert list(Path().iterdir()) == []


def test_a_folder_that_is_called_like_a_home(home, capsys):
    Path("~nobody-here").mkdir()
    assert main(["convert", "~nobody-here"]) == 1
    assert "weights" in capsys.readouterr().err


# --- an export into the pictures' own folder ------------------------------------------


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


def test_an_export_beside_its_pictures_can_be_done_again(home, model, capsys):
    for name in ("cat.png", "dog.png"):
        Path(name).write_bytes(encoded(noise(20, 20)))
    words = ["--model", str(model), "--device", "cpu"]
    assert main(["export", "cat.png", "dog.png", *words]) == 0
    told = capsys.readouterr().out
    assert "cat.png goes to cat-2.png: cat.png is taken by the picture itself." in told
    made = ["cat-2.png", "cat.png", "dog-2.png", "dog.png"]
    assert names() == made
    for again in (made, ["."], ["cat.png", "cat-2.png", "dog.png"]):
        assert main(["export", *again, *words]) == 0
        told = capsys.readouterr().err
        assert "cat-2.png is left out: an earlier export wrote it." in told
        assert names() == made


def test_an_export_is_a_picture_where_it_is_meant(home, model, capsys):
    Path("cat.png").write_bytes(encoded(noise(20, 20)))
    words = ["--model", str(model), "--device", "cpu"]
    assert main(["export", "cat.png", "--out", "maps", *words]) == 0
    assert main(["export", "cat.png", "maps/cat.png", "--out", "more", *words]) == 0
    assert len(list(Path("more").iterdir())) == 2  # from another folder
    assert main(["export", "maps/cat.png", "--out", "maps", *words]) == 0
    assert len(list(Path("maps").iterdir())) == 2  # alone
    assert "left out" not in capsys.readouterr().err


def test_two_pictures_of_one_name_are_told_apart_from_a_picture_itself(
    home, model, capsys
):
    Path("a").mkdir()
    for name in ("cat.jpg", "a/cat.png"):
        Path(name).write_bytes(encoded(noise(20, 20), "PNG"))
    words = ["--model", str(model), "--device", "cpu", "--out", "maps"]
    assert main(["export", "cat.jpg", "a/cat.png", *words]) == 0
    assert "cat.png is taken by another picture." in capsys.readouterr().out


# --- a command that does not come first ----------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "--model X export cat.png",
        "--headless inspect shapes",
        "--out=o export cat.png",
        "--layer 3 export cat.png",
        "cat.png models",
    ],
)
def test_a_command_that_stands_later_is_told(home, capsys, line):
    assert main(line.split()) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    name = next(word for word in line.split() if word in COMMANDS)
    assert f"a command comes first: vitviewer {name} " in lines[0]
    assert f"./{name}" in lines[0]


@pytest.mark.parametrize(
    "words", [["--model", "export"], ["export.png"], ["--out", "models", "a.png"]]
)
def test_a_value_or_a_file_of_that_name_is_none(home, monkeypatch, words):
    calls = []
    monkeypatch.setattr("vitviewer.cli.main._open_window", lambda a: calls.append(a))
    Path("inspect").touch()
    main(words)
    main(["cat.png", "inspect"])
    assert len(calls) == 2
