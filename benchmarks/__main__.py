"""Run the benchmarks: all of them, or those named."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version

from vitviewer.system.process import prepare

NAMES = (
    "startup",
    "scrub",
    "wall",
    "capture",
    "questions",
    "methods",
    "busy",
    "process",
    "overlay",
)


def main() -> int:
    """Run what the command line names; ``name words...`` passes words on to one.

    The process is prepared as the program's own is.
    """
    words = sys.argv[1:]
    if words and words[0] not in NAMES:
        print(f"There is no benchmark {words[0]!r}: choose one of {', '.join(NAMES)}.")
        return 2
    prepare()
    print(facts())
    for name in words[:1] or NAMES:
        print(f"\n{name}", flush=True)
        import_module(f"benchmarks.{name}").main(words[1:])
    return 0


def facts() -> str:
    """Say what the figures were measured on."""
    packages = ("torch", "transformers", "PySide6-Essentials", "pyqtgraph", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    machine = f"{os.cpu_count()} cores ({platform.machine()})"
    return f"Python {platform.python_version()}, {versions}; {machine}"


if __name__ == "__main__":
    sys.exit(main())
