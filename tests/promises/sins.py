"""What the program must never do, done on purpose: the record has to show it.

Each sin may fail in whatever way it likes; what counts is that it was noticed.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.promises.record import Recorder


def commit_all(root: Path, recorder: Recorder) -> None:
    """Break every promise, one after another; the cage kills for the last two."""
    recorder.step("sins")
    for sin in (unpickle, load_with_torch, run_code, write_outside, start_processes):
        _try(lambda sin=sin: sin(root))
    _try(search_the_hub)


def _try(call: Callable[[], object]) -> None:
    with suppress(Exception):
        call()


def unpickle(_root: Path) -> None:
    pickle.loads(b"cbuiltins\nlist\n.")


def load_with_torch(root: Path) -> None:
    import torch

    (root / "stranger" / "sin.bin").read_bytes()
    torch.load(root / "stranger" / "sin.bin", weights_only=False)


def run_code(root: Path) -> None:
    sys.path.insert(0, str(root / "stranger"))
    __import__("sin")


def write_outside(root: Path) -> None:
    outside = root / "outside"
    (outside / "sinned").write_text("")
    (outside / "folder").mkdir()
    os.rename(outside / "folder", outside / "renamed")
    shutil.copyfile(outside / "sinned", outside / "copied")
    os.close(os.open(outside / "opened", os.O_CREAT | os.O_WRONLY))
    os.symlink("sinned", outside / "linked")
    os.unlink(outside / "linked")
    os.close(tempfile.mkstemp(dir=outside)[0])


def start_processes(root: Path) -> None:
    subprocess.run([root / "tools" / "sin"], check=True)
    os.system("true")
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    os.waitpid(os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]), 0)


def search_the_hub() -> None:
    """Ask for the network, as typing in the model picker does."""
    from vitviewer.models.hub.search import search

    search("vit")
