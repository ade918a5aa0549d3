"""Names that lead to a FIFO, a device, a folder, a link, or nothing readable."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from tests.corpus.models.case import (
    CONFIG,
    PROCESSOR,
    WEIGHTS,
    Case,
    Damage,
    both,
    link,
    sparse,
)

_FILES = (CONFIG, WEIGHTS, PROCESSOR)


def _fifo(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return damage


def _folder(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return damage


def _socket(name: str) -> Damage:
    def damage(folder: Path) -> None:
        (folder / name).unlink()
        here = os.open(".", os.O_RDONLY)
        os.chdir(folder)  # a socket's path has a short limit
        try:
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(name)
        finally:
            os.fchdir(here)
            os.close(here)

    return damage


def _moved(name: str) -> Damage:
    """Move a file out of the folder and link to it, as the hub's cache does."""

    def damage(folder: Path) -> None:
        (folder / name).rename(folder.parent / f"blob-{name}")
        os.symlink(f"../blob-{name}", folder / name)

    return damage


def _unreadable(name: str) -> Damage:
    return lambda folder: (folder / name).chmod(0)


def _removed(*names: str) -> Damage:
    def damage(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


_MAY_READ_ALL = hasattr(os, "geteuid") and os.geteuid() == 0

CASES = [
    *(Case(f"{n} is a FIFO", _fifo(n), "not a regular file") for n in _FILES),
    *(
        Case(f"{n} is a folder", _folder(n), "not a regular|a directory")
        for n in _FILES
    ),
    *(Case(f"{n} is a socket", _socket(n), "read|regular") for n in _FILES),
    *(Case(f"{n} is zeros", link(n, "/dev/zero"), "not a regular") for n in _FILES),
    *(Case(f"{n} is random", link(n, "/dev/urandom"), "not a regular") for n in _FILES),
    *(Case(f"{n} is null", link(n, "/dev/null"), "not a regular") for n in _FILES),
    *(Case(f"{n} is a terminal", link(n, "/dev/tty"), "read|regular") for n in _FILES),
    *(Case(f"{n} is the input", link(n, "/dev/stdin"), "read|regular") for n in _FILES),
    *(Case(f"{n} links to itself", link(n, n), "could not be read") for n in _FILES),
    *(Case(f"{n} links to nothing", link(n, "gone"), "not be read") for n in _FILES),
    *(Case(f"{n} links to a folder", link(n, ".."), "regular|a dir") for n in _FILES),
    *(Case(f"{n} links out", _moved(n)) for n in _FILES),
    *(
        Case(
            f"{n} is unreadable", _unreadable(n), "" if _MAY_READ_ALL else "not be read"
        )
        for n in _FILES
    ),
    Case("all link out", both(*(_moved(n) for n in _FILES))),
    Case("config.json is of passwords", link(CONFIG, "/etc/passwd"), "not valid JSON"),
    Case("config.json is memory", link(CONFIG, "/proc/self/mem"), "."),
    Case("config.json is a kernel's file", link(CONFIG, "/proc/self/maps"), "."),
    Case("config.json of 1 GB", sparse(CONFIG, 1 << 30), "too large"),
    Case("config.json of 1 TB", sparse(CONFIG, 1 << 40), "too large"),
    Case("processor of 1 GB", sparse(PROCESSOR, 1 << 30), "too large"),
    Case("weights of 1 TB", sparse(WEIGHTS, 1 << 40), "damaged"),
    Case("no weights", _removed(WEIGHTS), "no weights"),
    Case("no config", _removed(CONFIG), "no config.json"),
    Case("nothing at all", _removed(*_FILES), "no config.json"),
]
