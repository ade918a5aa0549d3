"""The desktop's menu and the shells' completion, by the tools that read them."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import environment, run
from vitviewer.cli import desktop
from vitviewer.cli.commands import COMMANDS
from vitviewer.cli.main import main
from vitviewer.pictures.folders import SUFFIXES

linux = pytest.mark.skipif(sys.platform != "linux", reason="XDG's desktops")
# What shared-mime-info calls files of these suffixes.
TYPES = {
    "image/avif": (".avif",),
    "image/bmp": (".bmp", ".dib"),
    "image/gif": (".gif",),
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png", ".apng"),
    "image/qoi": (".qoi",),
    "image/tiff": (".tif", ".tiff"),
    "image/webp": (".webp",),
    "image/x-portable-anymap": (".pnm", ".pfm"),
    "image/x-portable-bitmap": (".pbm",),
    "image/x-portable-graymap": (".pgm",),
    "image/x-portable-pixmap": (".ppm",),
}


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "da ta"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


def entry_in(folder: Path) -> tuple[Path, configparser.SectionProxy]:
    (path,) = (folder / "applications").glob("*.desktop")
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(path, encoding="utf-8")
    return path, parser["Desktop Entry"]


def command_of(entry: configparser.SectionProxy) -> list[str]:
    """Read Exec as desktops do: the string's escapes, then the quoting, then %%."""
    line = entry["Exec"].replace("\\\\", "\\")
    quoted = re.compile(r'"((?:[^"`$\\]|\\["`$\\])*)"|([^\s"]+)')
    words = [
        re.sub(r"\\(.)", r"\1", match[1]) if match[1] else match[2]
        for match in quoted.finditer(line)
    ]
    return [word.replace("%%", "%") for word in words if word != "%U"]


@linux
def test_it_comes_and_goes(data, capsys):
    assert main(["install-desktop"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 2
    written = sorted(path for path in data.rglob("*") if path.is_file())
    assert sorted(line.removeprefix("written: ") for line in told) == [
        str(path) for path in written if path.suffix != ".cache"
    ]
    assert main(["install-desktop"]) == 0  # again, say after an update
    assert main(["uninstall-desktop"]) == 0
    left = [p for p in data.rglob("*") if p.is_file() and p.suffix != ".cache"]
    assert left == []
    capsys.readouterr()
    assert main(["uninstall-desktop"]) == 0
    assert capsys.readouterr().out == "There was nothing to remove.\n"


@linux
def test_the_entry_starts_this_installation(data, tmp_path):
    desktop.install()
    _, entry = entry_in(data)
    command = [*command_of(entry), "--version"]
    done = subprocess.run(
        command, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("vitviewer ")


@linux
@pytest.mark.parametrize(
    "name", ["plain", "with space", 'q"uote', "do$llar", "back\\slash", "100%", "`x`"]
)
def test_folders_of_any_name(data, tmp_path, monkeypatch, name):
    python = tmp_path / name / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setattr(desktop.sys, "executable", str(python))
    desktop.install()
    path, entry = entry_in(data)
    assert command_of(entry) == [str(python), "-P", "-m", "vitviewer"]
    check(path)


def check(path: Path) -> None:
    """Let the desktop's own tool check an entry, where it is installed."""
    tool = shutil.which("desktop-file-validate")
    if tool:
        done = subprocess.run([tool, path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


@linux
def test_the_entry_opens_what_the_program_opens(data):
    desktop.install()
    _, entry = entry_in(data)
    types = entry["MimeType"].strip(";").split(";")
    assert set(types) == set(TYPES)
    known = {suffix for suffixes in TYPES.values() for suffix in suffixes}
    assert known == set(SUFFIXES)


@linux
@pytest.mark.parametrize("place", ["", "relative/folder"])
def test_without_a_good_data_home_it_is_the_usual_one(monkeypatch, tmp_path, place):
    monkeypatch.setenv("XDG_DATA_HOME", place)
    monkeypatch.setenv("HOME", str(tmp_path))
    desktop.install()
    entry_in(tmp_path / ".local" / "share")


@linux
@pytest.mark.parametrize("command", ["install-desktop", "uninstall-desktop"])
def test_what_cannot_be_written_is_a_sentence(data, capsys, command):
    data.parent.mkdir(exist_ok=True)
    if command == "install-desktop":
        data.touch()
    else:
        (data / "applications" / f"{desktop.APP_ID}.desktop").mkdir(parents=True)
    assert main([command]) == 1
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "check its permissions" in told


# --- completion -----------------------------------------------------------------------

BASH = """
source ./script
COMP_WORDS=({words})
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
function=$(complete -p vitviewer | sed 's/.*-F \\([^ ]*\\).*/\\1/')
$function vitviewer "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
zmodload zsh/zpty
fpath=($PWD $fpath)
zpty z zsh -f -i
zpty -w z "TERM=dumb; cd $PWD; fpath=($PWD \\$fpath); autoload -U compinit"
zpty -w z "compinit -u -D; vitviewer() {{ echo GOT-\\$1-GOT; exit }}"
zpty -w -n z $'vitviewer {word}\\t\\n'
while zpty -r z line; do print -r -- $line; done
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "picture.png").touch()
    (tmp_path / "folder").mkdir()
    return tmp_path


def script_for(shell: str, folder: Path, name: str = "script") -> None:
    done = run(folder, "completion", shell, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    (folder / name).write_text(done.stdout)


def output(folder: Path, *command: str) -> list[str]:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout.splitlines()


CASES = [
    ("exp", "export"),
    ("insp", "inspect"),
    ("--headl", "--headless"),
    ("pict", "picture.png"),
    ("export --side", "--side-by-side"),
    ("export pict", "picture.png"),
    ("export --format n", "npz"),
    ("export --out fol", "folder"),
    ("inspect fol", "folder"),
]


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_shells_complete_words_and_files(folder, shell):
    if not shutil.which(shell):
        pytest.skip(f"needs {shell}")
    script_for(shell, folder)
    for typed, expected in CASES:
        if shell == "bash":
            told = output(folder, "bash", "-c", BASH.format(words=f"vitviewer {typed}"))
        else:
            line = f"source ./script; complete -C'vitviewer {typed}'"
            told = output(folder, "fish", "-c", line)
        found = [line.partition("\t")[0].rstrip("/") for line in told if line]
        assert found == [expected], typed


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh")
@pytest.mark.parametrize(("typed", "expected"), [("exp", "export"), ("pi", "picture")])
def test_zsh_completes_words_and_files(folder, typed, expected):
    script_for("zsh", folder, "_vitviewer")
    told = "\n".join(output(folder, "zsh", "-f", "-c", ZSH.format(word=typed)))
    assert f"GOT-{expected}" in told


def test_every_command_is_in_the_help(capsys):
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    for name in COMMANDS:
        assert f"vitviewer {name}" in told
