"""A program that uses the library, and tells what of its process changed by that.

``python -m tests.system.host FOLDER [sinful]`` imports the library, opens the pictures
in ``FOLDER/pictures``, loads the model in ``FOLDER/model`` and explains. It prints as
JSON what each of these stages changed; the sinful one then does itself what the library
once did.
"""

from __future__ import annotations

import builtins
import ctypes
import faulthandler
import gc
import importlib
import json
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

# torch sets it when its compiler is imported, as by any model of transformers.
_OF_TORCH = "TORCHINDUCTOR_CACHE_DIR"
_FOREIGN_CALLS = ("mallopt", "malloc_trim", "dlopen")
foreign_calls: list[str] = []


def audit(event: str, words: tuple[Any, ...]) -> None:
    """Note what ctypes looks up: the allocator's settings cannot be read back."""
    if event == "ctypes.dlsym" and words[1] in _FOREIGN_CALLS:
        foreign_calls.append(words[1])


def snapshot() -> dict[str, str]:
    """Return what the process is set to, by name; of libraries that are imported."""
    state: dict[str, Any] = {
        "environment": [i for i in sorted(os.environ.items()) if i[0] != _OF_TORCH],
        "working folder": os.getcwd(),
        "warnings.filters": (warnings.filters, warnings.showwarning),
        "gc": (gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks),
        "gc.freeze": gc.get_freeze_count(),
        "allocator": foreign_calls,
        "__import__": builtins.__import__,
        "import system": (sys.path, sys.meta_path, sys.path_hooks),
        "switch interval": sys.getswitchinterval(),
        "recursion limit": sys.getrecursionlimit(),
        "hooks": (sys.excepthook, threading.excepthook, sys.unraisablehook),
        "display hook": (sys.displayhook, sys.stdout, sys.stderr),
        "signals": [(n, signal.getsignal(n)) for n in signal.valid_signals()],
        "faulthandler": faulthandler.is_enabled(),
        "locale": locale.setlocale(locale.LC_ALL),
        "logging": (logging.root.level, logging.root.handlers, logging.root.disabled),
        "sockets": socket.getdefaulttimeout(),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
        "random": hash(random.getstate()),
        "threads": [t.name for t in threading.enumerate() if not t.daemon],
    }
    for name, of_library in _LIBRARIES.items():
        if name in sys.modules:
            state.update(of_library(sys.modules[name]))
    return {name: repr(value) for name, value in state.items()}


def _of_pillow(_module: Any) -> Iterator[tuple[str, Any]]:
    from PIL import GifImagePlugin, Image, ImageFile, PngImagePlugin, TiffImagePlugin

    for module in (Image, ImageFile, PngImagePlugin, GifImagePlugin, TiffImagePlugin):
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, bool | int | str | None):
                yield f"{module.__name__}.{name}", value


def _of_numpy(numpy: Any) -> Iterator[tuple[str, Any]]:
    yield "numpy errors", numpy.geterr()
    yield "numpy random", str(numpy.random.get_state())


def _of_torch(torch: Any) -> Iterator[tuple[str, Any]]:
    yield "torch threads", (torch.get_num_threads(), torch.get_num_interop_threads())
    yield "torch gradients", torch.is_grad_enabled()
    yield "torch dtype", (torch.get_default_dtype(), torch.get_default_device())
    yield "torch random", torch.get_rng_state().sum().item()
    yield "torch determinism", torch.are_deterministic_algorithms_enabled()
    yield "torch precision", torch.get_float32_matmul_precision()


def _of_transformers(transformers: Any) -> Iterator[tuple[str, Any]]:
    log = transformers.utils.logging
    yield "transformers log", (log.get_verbosity(), log.is_progress_bar_enabled())


_LIBRARIES: dict[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {
    "PIL.Image": _of_pillow,
    "numpy": _of_numpy,
    "torch": _of_torch,
    "transformers": _of_transformers,
}


# --- the stages, each after the host's own imports ------------------------------------


def import_library(_folder: Path) -> None:
    import vitviewer

    assert vitviewer.__version__


def open_pictures(folder: Path) -> None:
    from vitviewer.errors import ImageError
    from vitviewer.pictures.opening import open_image

    opened = refused = 0
    for path in sorted((folder / "pictures").iterdir()):
        try:
            open_image(path)
            opened += 1
        except ImageError:
            refused += 1
    assert opened, "no picture was opened"
    assert refused, "no picture was refused"


def explain(folder: Path) -> None:
    import vitviewer

    model = vitviewer.load_model(folder / "model", "cpu")
    for path in sorted((folder / "pictures").glob("good*")):
        record = model.record(path)
        record.rows(query=(1, 1))
        record.rollout(query=(1, 1)).overlay()
        record._repr_html_()


def prepare_nothing() -> None:
    """Nothing is imported yet."""


def prepare_pillow() -> None:
    import numpy as np
    import PIL.Image

    np.random.seed(1)  # the state that a host may rely on
    PIL.Image.init()


def prepare_torch() -> None:
    import torch
    import transformers

    # Imported by these two now or later, and leaves filters of warnings behind.
    for name in ("sympy", "scipy.special", "scipy.sparse"):
        with suppress(ImportError):
            importlib.import_module(name)
    torch.set_num_threads(2)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_info()


STAGES = (
    ("import", prepare_nothing, import_library),
    ("pictures", prepare_pillow, open_pictures),
    ("model", prepare_torch, explain),
)


# --- what the library once did, to show that it would be noticed ----------------------


def _pillow_limit() -> None:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = 1


def _text_limit() -> None:
    from PIL import PngImagePlugin

    PngImagePlugin.MAX_TEXT_CHUNK = 1


def _allocator() -> None:
    with suppress(AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(-8, 1)  # M_ARENA_MAX


def _torch_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _import_hook() -> None:
    before = builtins.__import__
    builtins.__import__ = lambda *args, **kwargs: before(*args, **kwargs)


SINS: dict[str, dict[str, Callable[[], object]]] = {
    "import": {
        "environment": lambda: os.environ.update(OF_THE_LIBRARY="1"),
        "__import__": _import_hook,
        "switch interval": lambda: sys.setswitchinterval(0.0005),
    },
    "pictures": {
        "warnings.filters": lambda: warnings.filterwarnings("ignore", module="PIL"),
        "PIL.Image.MAX_IMAGE_PIXELS": _pillow_limit,
        "PIL.PngImagePlugin.MAX_TEXT_CHUNK": _text_limit,
    },
    "model": {
        "gc": gc.disable,
        "gc.freeze": gc.freeze,
        "allocator": _allocator,
        "torch threads": _torch_thread,
    },
}


def main(folder: Path, sinful: str = "") -> None:
    """Go through the stages and print what each of them changed."""
    sys.addaudithook(audit)
    changes: dict[str, list[str]] = {}
    for name, prepare, act in STAGES:
        prepare()
        before = snapshot()
        act(folder)
        for commit in SINS[name].values() if sinful else ():
            commit()
        after = snapshot()
        changes[name] = sorted(k for k in before if before[k] != after[k])
    print(json.dumps(changes))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
