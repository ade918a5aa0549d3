"""What is no regular file, may not be read, or is not there."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from tests.corpus.pictures.case import Case, Made, good, put, scene

NAME = "picture.png"


def _fifo(folder: Path) -> str:
    os.mkfifo(folder / NAME)
    return str(folder / NAME)


def _socket(folder: Path) -> str:
    """Bind by a short relative name: the whole path may be too long for a socket."""
    here = os.getcwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(NAME)
    finally:
        os.chdir(here)
    return str(folder / NAME)


def _folder(folder: Path) -> str:
    (folder / NAME).mkdir()
    return str(folder / NAME)


def link(target: str) -> Callable[[Path], str]:
    """Return what makes a link to a place."""

    def make(folder: Path) -> str:
        os.symlink(target, folder / NAME)
        return str(folder / NAME)

    return make


def _link_to_fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return link("pipe")(folder)


def _two_links(folder: Path) -> str:
    os.symlink("b.png", folder / "a.png")
    os.symlink("a.png", folder / "b.png")
    return str(folder / "a.png")


def _long_chain(folder: Path) -> str:
    put(folder, good(), "0.png")
    for n in range(60):
        os.symlink(f"{n}.png", folder / f"{n + 1}.png")
    return str(folder / "60.png")


def _unreadable(folder: Path) -> str:
    path = put(folder, good())
    os.chmod(path, 0)
    return path


def _closed_folder(folder: Path) -> str:
    inner = folder / "closed"
    inner.mkdir()
    path = put(inner, good())
    os.chmod(inner, 0)
    return path


def _beneath_a_file(folder: Path) -> str:
    return put(folder, good()) + "/inner.png"


def _model(folder: Path) -> str:
    inner = folder / "model.png"
    inner.mkdir()
    (inner / "config.json").write_text("{}")
    return str(inner)


def refused(name: str, make: Callable[[Path], str], words: str) -> Case:
    return Case(name, lambda folder: Made(make(folder), refused=words))


def opened(name: str, make: Callable[[Path], str]) -> Case:
    return Case(name, lambda folder: Made(make(folder), pixels=scene()))


def _linked(folder: Path) -> str:
    put(folder, good(), "real.png")
    return link("real.png")(folder)


def _hard_link(folder: Path) -> str:
    os.link(put(folder, good(), "real.png"), folder / NAME)
    return str(folder / NAME)


def _read_only(folder: Path) -> str:
    path = put(folder, good())
    os.chmod(path, 0o444)
    return path


def _copied(folder: Path) -> str:
    return str(shutil.copy(put(folder, good(), "real.png"), folder / "x.PnG"))


DEVICES = ("zero", "null", "random", "urandom", "full", "tty", "ptmx", "stdin")
CASES = [
    refused("a pipe", _fifo, "pipe"),
    refused("a link to a pipe", _link_to_fifo, "pipe"),
    refused("a socket", _socket, "socket"),
    refused("a folder", _folder, "folder"),
    refused("a model folder called .png", _model, "folder"),
    *(refused(f"a link to the device {d}", link(f"/dev/{d}"),
              "device|check its permissions|could not be opened") for d in DEVICES),
    *(refused(f"/proc/{p}", lambda _, p=p: f"/proc/{p}",
              "not a picture|empty|check|again|folder|another file")
      for p in ("version", "self/mem", "self/maps", "self/environ", "kmsg", "kcore",
                "self/fd", "self/pagemap", "sysrq-trigger")),
    refused("a link to itself", link(NAME), "check the path"),
    refused("two links to each other", _two_links, "check the path"),
    refused("sixty links in a row", _long_chain, "check the path"),
    refused("a link to nothing", link("gone.png"), "does not exist"),
    refused("nothing there", lambda folder: str(folder / "gone.png"), "does not exist"),
    refused("no such folder", lambda folder: str(folder / "a/b/c.png"), "not exist"),
    refused("beneath a file", _beneath_a_file, "check the path"),
    refused("no permission", _unreadable, "permissions"),
    refused("no permission for the folder", _closed_folder, "permissions"),
    opened("a link to a picture", _linked),
    opened("a hard link", _hard_link),
    opened("a file that may only be read", _read_only),
    opened("a suffix in mixed case", _copied),
]  # fmt: skip
