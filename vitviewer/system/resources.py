"""Where the bundled models, samples and icons are."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def root() -> Path:
    """Return the folder of resources: inside the wheel, or beside it in a checkout.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    inside = Path(str(files("vitviewer"))) / "resources"
    beside = Path(__file__).resolve().parents[2] / "resources"
    for folder in (inside, beside):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("vitviewer's resources are missing: install it again.")
