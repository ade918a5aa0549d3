"""What the program changes in its own process. Its doors call this, a library must not.

Standard library only. Each measure says what it buys: on two cores with torch 2.13 and
Python 3.11, by ``python -m benchmarks process``.

Tried, and left out for what it bought: one heap of glibc for all threads (740 MB
instead of 780 after 4,000 random operations); large blocks mapped one by one (nothing:
a DINOv2-L's pass at 518 pixels takes 370 to 390 MB either way, since `Recording` keeps
its tensors in one block).
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vitviewer.system.import_hook import unhook_imports
from vitviewer.system.torch_libraries import load_torch_libraries
from vitviewer.system.unfit_libraries import set_unfit_aside

if TYPE_CHECKING:
    from collections.abc import Iterator

_SWITCH_S = 0.0005
_SPINS = "7000"
_ABOUT_SPINNING = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "KMP_BLOCKTIME")


def prepare() -> None:
    """Set the process up, whatever the program is about to do; called first of all."""
    spin_less()
    # Before huggingface_hub is imported anywhere: with it the hub is told no versions
    # of other libraries, and its list of tools that may have started us is not fetched.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def prepare_window() -> None:
    """Set the process up for a window: once PySide is imported, before other threads.

    What `prepare` does is done too.
    """
    prepare()
    unhook_imports()
    switch_threads_often()


def spin_less() -> None:
    """Let torch's threads wait for each other without keeping the cores busy.

    Each operation in several threads ends when the slowest one does. GNU OpenMP, which
    torch has on Linux, lets the others spin for some 300,000 turns before they sleep,
    on cores that the slowest may be waiting for. With 7,000 turns a pass costs the same
    on a quiet machine; beside another program that runs torch it takes 2.4 times as
    long, and five times without, an export two and ten times (``python -m benchmarks
    busy``). With 1,000, or a passive policy, it costs a fifth more on a quiet machine.

    To be called before torch is loaded; what the user has set stays.
    """
    if not any(name in os.environ for name in _ABOUT_SPINNING):
        os.environ["GOMP_SPINCOUNT"] = _SPINS


@contextmanager
def import_for_good() -> Iterator[None]:
    """Import torch within this context, in the worker of a window that goes on."""
    load_torch_libraries()
    set_unfit_aside()
    yield
    spare_imports()


def switch_threads_often() -> None:
    """Let Python change threads every half a millisecond where another one waits.

    By default it does so every 5 ms. Qt's calls let go of the interpreter and take it
    back, so that a slot with fifty of them took 200 ms while a decoder written in
    Python ran in a worker, and 40 ms so.
    """
    sys.setswitchinterval(_SWITCH_S)


def spare_imports() -> None:
    """Leave all that there is by now out of garbage collection.

    torch and transformers make 400,000 objects that stay; to walk them takes 430 ms,
    in which no other thread runs, and 0.1 ms so.

    At the end they are given back: what Python cannot collect then, libraries take for
    their own leak, and print it (triton 3.9, thirty lines).
    """
    gc.freeze()
    atexit.register(gc.unfreeze)
