"""What a crash leaves behind, and what a good end does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.counting import counted
from vitviewer.qt.lifecycle.crash_file import CrashFile
from vitviewer.version import __version__

CRASH = """
import faulthandler, sys
from pathlib import Path
from vitviewer.qt.lifecycle.crash_file import CrashFile
file = CrashFile(Path(sys.argv[1]))
file.watch()
exec(sys.argv[2])
file.end()
"""


def run_and(folder: Path, what: str) -> int:
    command = [sys.executable, "-c", CRASH, str(folder), what]
    return subprocess.run(command, capture_output=True, timeout=120).returncode


@pytest.mark.parametrize("kind", ["_sigsegv", "_sigabrt", "_sigfpe"])
def test_a_crash_leaves_a_report_once(kind, tmp_path):
    with counted("faults injected"):
        assert run_and(tmp_path, f"faulthandler.{kind}()") != 0
        report = CrashFile(tmp_path).take_earlier()
        assert "Fatal Python error" in report
    assert "most recent call first" in report
    assert CrashFile(tmp_path).take_earlier() == ""


def test_a_good_end_leaves_nothing(tmp_path):
    assert run_and(tmp_path, "") == 0
    assert os.listdir(tmp_path) == []
    assert CrashFile(tmp_path).take_earlier() == ""


def test_no_cache_folder_is_no_trouble(tmp_path):
    (tmp_path / "file").touch()
    file = CrashFile(tmp_path / "file")
    assert file.take_earlier() == ""
    file.watch()
    file.end()


def test_a_report_of_any_bytes_can_be_read(tmp_path):
    (tmp_path / "crash-0-1.txt").write_bytes(b"\xff\0<b>bold</b>" + b"x" * 10**6)
    assert len(CrashFile(tmp_path).take_earlier()) < 30_000


def starting(folder: Path) -> subprocess.Popen[str]:
    """Start a run that goes on, and wait until it watches."""
    going_on = "print('on', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", CRASH, str(folder), going_on]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="kill")
def test_what_kills_leave_is_cleared_away_and_what_goes_on_is_not(tmp_path):
    (tmp_path / "crash-0-1.txt").touch()  # of an older version
    killed, going_on = starting(tmp_path), starting(tmp_path)
    killed.kill()
    killed.communicate()
    (tmp_path / "crash-0-2.txt").write_text("Fatal Python error")
    file = CrashFile(tmp_path)
    file.watch()
    names = {f"crash-{__version__}-{pid}.txt" for pid in (going_on.pid, os.getpid())}
    assert set(os.listdir(tmp_path)) == {*names, "crash-0-2.txt"}
    file.end()
    going_on.communicate("", 60)
    assert os.listdir(tmp_path) == ["crash-0-2.txt"]


def test_many_that_start_at_once_keep_their_files(tmp_path):
    runs = [starting(tmp_path) for _ in range(4)]
    assert len(os.listdir(tmp_path)) == 4
    for run in runs:
        run.communicate("", 60)
    assert os.listdir(tmp_path) == []
