"""What a crash leaves behind, and what a good end does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.counting import counted
from vitviewer.qt.lifecycle.crash_file import CrashFile

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
