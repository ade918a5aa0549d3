"""Every test runs offline, offscreen, and away from the user's settings."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Before Qt, huggingface_hub or torch are imported anywhere.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_API"] = "pyside6"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="vitviewer-tests-")
os.environ["XDG_CONFIG_HOME"] = os.environ["HF_HOME"]
os.environ["XDG_CACHE_HOME"] = os.environ["HF_HOME"]

import numpy as np
import pytest
from skimage import data

from tests import withstand
from tests.model_factory import make_model

atexit.register(shutil.rmtree, os.environ["HF_HOME"], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was withstood, after the results."""
    lines = withstand.table()
    if lines:
        terminalreporter.section("withstood")
    for line in lines:
        terminalreporter.write_line(line)


# The photographs below come inside scikit-image's wheel: nothing is downloaded.


@pytest.fixture(scope="session")
def chelsea() -> np.ndarray:
    """A photograph of a cat, uint8 (300, 451, 3)."""
    return data.chelsea()


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """A photograph of a cup, uint8 (400, 600, 3)."""
    return data.coffee()


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A portrait, uint8 (512, 512, 3)."""
    return data.astronaut()


@pytest.fixture(scope="session")
def rocket() -> np.ndarray:
    """A rocket on its pad, uint8 (427, 640, 3)."""
    return data.rocket()


@pytest.fixture(scope="session")
def tiny_vit(tmp_path_factory) -> Path:
    """A folder with a tiny seeded ViT classifier."""
    return make_model(tmp_path_factory.mktemp("models") / "vit", "vit")


@pytest.fixture(scope="session")
def tiny_deit(tmp_path_factory) -> Path:
    """A folder with a tiny seeded distilled DeiT, whose processor crops."""
    return make_model(tmp_path_factory.mktemp("models") / "deit", "deit")
