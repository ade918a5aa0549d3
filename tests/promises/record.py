"""An audit hook that writes down what a promise may be about, one JSON line each.

It has to be installed before vitviewer is imported, and imports little itself.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
PLACES = (
    *("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.link"),
    *("os.symlink", "os.chmod", "os.chown", "os.utime", "os.setxattr"),
    *("os.removexattr", "shutil.copyfile", "shutil.copymode", "shutil.copystat"),
    *("shutil.rmtree", "shutil.move", "shutil.chown"),
    *("shutil.make_archive", "shutil.unpack_archive", "tempfile.mkstemp"),
    *("tempfile.mkdtemp", "sqlite3.connect"),
)
"""Events of what changes something on a disk; that of opening is one more."""

PROCESSES = (
    *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty"),
    *("os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn", "webbrowser.open"),
)
NETWORK = (
    *("socket.__new__", "socket.connect", "socket.bind", "socket.sendto"),
    *("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"),
    *("socket.getnameinfo", "urllib.Request", "http.client.connect", "ftplib.connect"),
    "smtplib.connect",
)
_FROM_TO = ("os.rename", "os.link", "shutil.move")
# Of these the second place is written to, and the first one is not.
_ONTO = ("os.symlink", "shutil.copytree")
_ONTO += ("shutil.copyfile", "shutil.copymode", "shutil.copystat")
_INTERNET = (socket.AF_INET, socket.AF_INET6)
_FRAMES = 8


class Recorder:
    """Writes to a file that was opened beforehand: writing raises no event.

    Parameters
    ----------
    out : str
        The file of JSON lines.
    watched : str
        What is only read is written down where it lies beneath this folder.
    """

    def __init__(self, out: str, watched: str) -> None:
        self._descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._watched = watched
        self._step = "import"
        self._looks: dict[str, Callable[[tuple[Any, ...]], list[str] | None]] = {
            **dict.fromkeys(("pickle.find_class", *PROCESSES, *NETWORK), _words),
            **dict.fromkeys(PLACES, _first),
            **dict.fromkeys(_FROM_TO, _both),
            **dict.fromkeys(_ONTO, _second),
            "open": self._opened,
            "exec": self._code,
            "compile": self._compiled,
            "import": self._imported,
            "ctypes.dlopen": self._loaded,
            "socket.__new__": _socket,
            "socket.connect": _address,
            "socket.bind": _address,
            "socket.sendto": _address,
        }

    def install(self) -> None:
        """Listen from now on: there is no way to take an audit hook away."""
        sys.addaudithook(self._hook)
        sys.meta_path.insert(0, _NoTorchLoad(self))

    def step(self, name: str) -> None:
        """Name what is being done, for those who read the record."""
        self._step = name
        self.write("step", [name])

    def write(self, event: str, words: list[str]) -> None:
        """Write one line; `os.write` takes it whole, whatever other threads do."""
        line = {"event": event, "words": words, "step": self._step, "at": _callers()}
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        look = self._looks.get(event)
        words = None if look is None else look(args)
        if words is not None:
            self.write(event, words)

    def _opened(self, args: tuple[Any, ...]) -> list[str] | None:
        """Tell of what is opened to be written, and of what is watched."""
        path, mode, flags = args
        if isinstance(path, int):
            return None
        writing = any(letter in (mode or "") for letter in "wax+")
        if writing or (flags or 0) & _WRITING:
            return [*_paths((path,)), "to write"]
        return self._beneath(path)

    def _code(self, args: tuple[Any, ...]) -> list[str] | None:
        return self._file(getattr(args[0], "co_filename", ""))

    def _compiled(self, args: tuple[Any, ...]) -> list[str] | None:
        return self._file(args[1])

    def _imported(self, args: tuple[Any, ...]) -> list[str] | None:
        """Tell of a compiled module; what is in Python is told by its code."""
        return self._file(args[1])

    def _loaded(self, args: tuple[Any, ...]) -> list[str] | None:
        return self._file(args[0])

    def _file(self, path: Any) -> list[str] | None:
        """Tell of a file that is there: "<string>" is the name of none."""
        return self._beneath(path) if path and os.path.exists(path) else None

    def _beneath(self, path: Any) -> list[str] | None:
        words = _paths((path,))
        return words if words and words[0].startswith(self._watched) else None


class _NoTorchLoad:
    """An import hook that lets torch come with a `torch.load` that only tells of it.

    torch's reader of pickles raises no event of pickle's.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != "torch.serialization":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            self._wrap(spec.loader)
        return spec

    def _wrap(self, loader: Any) -> None:
        execute = loader.exec_module

        def execute_and_replace(module: Any) -> None:
            execute(module)
            module.load = self._load

        loader.exec_module = execute_and_replace

    def _load(self, file: Any, *_args: Any, **_kwargs: Any) -> None:
        self._recorder.write("torch.load", [str(file)])
        raise RuntimeError("torch.load was called")


def _paths(values: tuple[Any, ...]) -> list[str]:
    """Return places as they are from the root on; neither call raises an event."""
    kept = [v for v in values if isinstance(v, str | bytes | os.PathLike)]
    return [os.path.abspath(os.fsdecode(value)) for value in kept]


def _first(args: tuple[Any, ...]) -> list[str]:
    return _paths(args[:1])


def _second(args: tuple[Any, ...]) -> list[str]:
    return _paths(args[1:2])


def _both(args: tuple[Any, ...]) -> list[str]:
    return _paths(args[:2])


def _words(args: tuple[Any, ...]) -> list[str]:
    return [str(arg)[:300] for arg in args[:3]]


def _socket(args: tuple[Any, ...]) -> list[str] | None:
    return _words(args[1:]) if args[1] in _INTERNET else None


def _address(args: tuple[Any, ...]) -> list[str] | None:
    """Tell of an address of the internet, which is a tuple; others are names."""
    return _words(args[1:]) if isinstance(args[1], tuple) else None


def _callers() -> list[str]:
    """Name the functions that led here, the nearest first."""
    frame, found = sys._getframe(1), []
    while frame is not None and len(found) < _FRAMES:
        code = frame.f_code
        if code.co_filename != __file__ and "importlib" not in code.co_filename:
            found.append(f"{code.co_filename}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return found
