"""Output that is full, closed, or read by nobody: a sentence, a status, an end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.processes import ROOT, environment, run
from vitviewer.system.output import SteadyStream, problem_of

pytestmark = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="/dev/full is Linux's"
)
RING = str(ROOT / "resources" / "samples" / "shapes" / "ring.png")
FULL = "vitviewer: Standard output could not be written (No space left on device)"
QUICK = {
    "--help": 0,
    "--version": 0,
    "export --help": 0,
    "models": 0,
    "models --json": 0,
    "completion bash": 0,
    "uninstall-desktop": 0,
    "models --nonsense": 2,
    "--model x export y.png": 2,
    "export": 2,
}


@contextmanager
def leading(way: str) -> Iterator[int]:
    """Give out a descriptor that takes nothing."""
    if way == "full":
        number = os.open("/dev/full", os.O_WRONLY)
    elif way == "read only":
        number = os.open(os.devnull, os.O_RDONLY)
    else:
        reader, number = os.pipe()
        os.close(reader)
    try:
        yield number
    finally:
        os.close(number)


def run_into(
    home: Path, words: list[str], way: str, *streams: str
) -> subprocess.CompletedProcess[str]:
    """Run the program with some of its streams leading nowhere."""
    numbers = [{"stdout": 1, "stderr": 2}[name] for name in streams]
    options = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    if way == "closed":
        # Not told by Popen, which would open them again.
        shell = " ".join(f"{n}>&-" for n in numbers)
        line = ["sh", "-c", f'exec "$@" {shell}', "sh"]
        words = [*line, sys.executable, "-P", "-m", "vitviewer", *words]
        return subprocess.run(
            words,
            cwd=home,
            env=environment(home),
            text=True,
            timeout=300,
            check=False,
            **options,
        )
    with leading(way) as number:
        return run(home, *words, **{**options, **dict.fromkeys(streams, number)})


@pytest.mark.parametrize("words", QUICK)
@pytest.mark.parametrize("way", ["full", "pipe", "closed", "read only"])
def test_results_that_nobody_gets(tmp_path, words, way):
    done = run_into(tmp_path, words.split(), way, "stdout")
    usual = QUICK[words]
    lost = usual == 0 and way in ("full", "read only")
    assert done.returncode == (1 if lost else usual)
    lines = done.stderr.splitlines()
    assert len(lines) == (1 if lost or usual else 0)
    assert all(line.startswith("vitviewer") for line in lines)
    if lost and way == "full":
        assert lines[0].startswith(FULL)


@pytest.mark.parametrize("words", ["--version", "models --nonsense"])
@pytest.mark.parametrize("way", ["full", "pipe", "closed", "read only"])
def test_sentences_that_nobody_gets(tmp_path, words, way):
    done = run_into(tmp_path, words.split(), way, "stderr")
    assert done.returncode == QUICK[words]
    assert bool(done.stdout) is (QUICK[words] == 0)


@pytest.mark.long
@pytest.mark.parametrize("way", ["full", "pipe", "closed"])
def test_a_failure_that_nobody_is_told(tmp_path, way):
    done = run_into(tmp_path, ["convert", "nowhere"], way, "stderr")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("words", ["models", "models --nonsense"])
@pytest.mark.parametrize("way", ["full", "pipe", "closed"])
def test_neither(tmp_path, words, way):
    done = run_into(tmp_path, words.split(), way, "stdout", "stderr")
    lost = way == "full" and words == "models"
    assert done.returncode == (1 if lost else QUICK[words])


@pytest.mark.parametrize(
    ("way", "streams"),
    [
        ("full", ("stderr",)),
        ("pipe", ("stdout", "stderr")),
        pytest.param("closed", ("stdout", "stderr"), marks=pytest.mark.long),
        pytest.param("full", ("stdout",), marks=pytest.mark.long),
    ],
)
def test_headless_ends_where_nothing_can_be_said(tmp_path, way, streams):
    done = run_into(tmp_path, ["--headless", "none.png"], way, *streams)
    assert done.returncode == 1
    assert "Traceback" not in f"{done.stdout}{done.stderr}"


@pytest.mark.long
@pytest.mark.parametrize("way", ["full", "pipe", "closed"])
@pytest.mark.parametrize("words", [["--headless"], ["export"], ["export", "-h"]])
def test_files_are_written_whatever_can_be_said(tmp_path, way, words):
    words = [*words, RING, "--out", "out"]
    done = run_into(tmp_path, words, way, "stdout")
    assert done.returncode == (1 if way == "full" else 0)
    assert len(done.stderr.splitlines()) == (1 if way == "full" else 0)
    if "-h" not in words:
        assert list((tmp_path / "out").glob("ring*.png"))


@pytest.mark.long
@pytest.mark.parametrize("command", ["--headless", "export"])
def test_a_reader_that_leaves_early_stops_no_picture(tmp_path, command):
    """`head -1` has its line; the other pictures are wanted all the same."""
    others = sorted(Path(RING).parent.glob("*.png"))[:3]
    words = [command, *map(str, others), "--out", "out"]
    done = run_into(tmp_path, words, "pipe", "stdout")
    assert (done.returncode, done.stderr) == (0, "")
    each = 2 if command == "--headless" else 1
    assert len(list((tmp_path / "out").iterdir())) == each * len(others)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--headless", RING, "--out", "/dev/null/x"], "‘/dev/null/x’"),
        (["--headless", "--model", "nonsense"], "‘nonsense’"),
        pytest.param(
            ["--headless", RING, "--out", "file/x"], "file/x", marks=pytest.mark.long
        ),
        pytest.param(
            ["--headless", RING, "--out", "/proc/x"], "/proc/x", marks=pytest.mark.long
        ),
        pytest.param(
            ["export", RING, "--out", "/proc/x"], "/proc/x", marks=pytest.mark.long
        ),
        pytest.param(
            # Where no picture opens, it may end before the model is asked for.
            ["--headless", "none.png", "gone.png", "--model", "nonsense"],
            "‘gone.png’",
            marks=pytest.mark.long,
        ),
    ],
)
def test_each_thing_is_said_once(tmp_path, words, told):
    (tmp_path / "file").touch()
    done = run(tmp_path, *words, capture_output=True)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert all(line.startswith("vitviewer: ") for line in lines)
    assert len([line for line in lines if told in line]) == 1
    others = ("‘none.png’", "‘nonsense’")
    assert len(lines) == 1 + sum(w in done.stderr for w in others if w != told)


def reachable_by_others(path: Path) -> bool:
    """Return whether any user may enter the folders above a file."""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)


@pytest.mark.parametrize("command", ["export", "--headless"])
def test_an_ordinary_user_is_told_in_a_sentence(tmp_path, command):
    options = {}
    home = tmp_path / "home"
    home.mkdir()
    if os.geteuid() == 0:
        if not all(map(reachable_by_others, (Path(sys.executable), ROOT / "x"))):
            pytest.skip("other users cannot reach this Python or this checkout")
        for folder in (tmp_path, *list(tmp_path.parents)[:2]):
            folder.chmod(0o755)
        os.chown(home, 65534, 65534)
        options["preexec_fn"] = lambda: os.setuid(65534)
    done = run(
        home,
        command,
        RING,
        "--out",
        "/root/x",
        capture_output=True,
        **options,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "‘/root/x’ could not be made (Permission denied)" in done.stderr


def test_closed_descriptors_take_no_file_s_place(tmp_path):
    """What a library writes to standard error must not land in a picture."""
    script = "import os; from vitviewer.system.output import steady_output;"
    script += "steady_output(); n = os.open('file', os.O_CREAT | os.O_WRONLY);"
    script += "os.write(2, b'muttered'); os.write(1, b'said'); assert n > 2"
    line = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", script]
    done = subprocess.run(line, cwd=tmp_path, env=environment(tmp_path), check=False)
    assert done.returncode == 0
    assert (tmp_path / "file").read_bytes() == b""


def test_a_full_pipe_is_waited_for():
    """Whoever shares a pipe may have set it not to block."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    text = "x" * 300_000
    number = os.fork()
    if number == 0:
        os.close(reader)
        stream = SteadyStream(writer, "utf-8")
        print(text, file=stream)
        os._exit(0 if stream.error is None else 1)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        assert len(file.read()) == len(text) + 1
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_characters_that_an_encoding_lacks_are_escaped(encoding):
    reader, writer = os.pipe()
    stream = SteadyStream(writer, encoding)
    print("×\ud800", file=stream)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        told = file.read()
    assert told == "×\ud800\n".encode(encoding, "backslashreplace")
    assert problem_of(stream) == ""
