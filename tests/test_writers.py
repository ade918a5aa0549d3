"""Whatever befalls a writer, its file is the old one or the new one, never half."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.counting import counted
from tests.withstand import record

ROOT = Path(__file__).parents[1]
WRITERS = ["png", "figure", "npz", "session", "settings"]
KILLS = 50 if os.environ.get("VITVIEWER_SOAK") else 10
# In a name space of its own, so that the disk goes with the process.
ON_SMALL_DISK = 'mount -t tmpfs -o size=256k,mode=755 tmpfs "$1" && shift && exec "$@"'


def run(*words: object, before: tuple[str, ...] = ()) -> list[str]:
    command = [*before, sys.executable, "-m", "tests.writers", *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that others may look into; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)
        for path in Path(folder).iterdir():
            path.chmod(0o755)


@pytest.mark.parametrize("writer", WRITERS)
def test_kill_9_in_the_midst(writer: str, tmp_path: Path) -> None:
    versions: list[str] = []
    try:
        versions = run("kill", writer, tmp_path, WRITERS.index(writer), KILLS)
    finally:
        record("kill -9 while writing", tried=KILLS, expected=len(versions))
    assert len(versions) == KILLS
    assert set(versions) <= {"0", "1", "2"}


@pytest.mark.parametrize("fault", ["limit", "read-only"])
@pytest.mark.parametrize("writer", WRITERS)
def test_what_the_system_refuses(writer: str, fault: str, open_folder: Path) -> None:
    with counted("writes refused"):
        (line,) = run("refuse", writer, open_folder, fault)
        assert line.startswith("refused")


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk(writer: str, open_folder: Path) -> None:
    if not has_small_disk(open_folder):
        pytest.skip("no right to mount a small disk")
    own = ("unshare", "-m", "sh", "-c", ON_SMALL_DISK, "sh", str(open_folder))
    with counted("writes refused"):
        (line,) = run("refuse", writer, open_folder, "full", before=own)
        assert line.startswith("refused")


def has_small_disk(folder: Path) -> bool:
    """Tell whether a small disk can be mounted."""
    own = ["unshare", "-m", "sh", "-c", ON_SMALL_DISK, "sh", str(folder), "true"]
    try:
        return subprocess.run(own, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
