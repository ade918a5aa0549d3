"""The targets by name, and the files that are kept for them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGETS = tuple(
    sorted(p.stem for p in (HERE / "targets").glob("*.py") if p.stem != "__init__")
)


def load(name: str) -> Any:
    """Return the module of a target."""
    return import_module(f"tests.fuzz.targets.{name}")


def kept_folder(name: str) -> Path:
    """Return where what was found in a target is kept."""
    return HERE / "seeds" / name


def kept(name: str) -> list[Path]:
    """Return the files that are kept for a target."""
    return sorted(p for p in kept_folder(name).glob("*") if p.is_file())
