"""Every test runs offline, offscreen, and away from the user's settings.

Two processes share a run, each with a thread of torch and folders of its own. Without
``--whole`` the long tests and most of the corpora are left to `make check`.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from pathlib import Path
from typing import Any

# Before Qt, huggingface_hub or torch are imported anywhere.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_API"] = "pyside6"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="vitviewer-tests-")
os.environ["XDG_CONFIG_HOME"] = os.environ["HF_HOME"]
os.environ["XDG_CACHE_HOME"] = os.environ["HF_HOME"]

from vitviewer.system import process

process.prepare()
# A shell's background jobs ignore some signals, and hand that on to what they start.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from tests import picking, withstand  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch of `make check`."""
    parser.addoption(
        "--whole", action="store_true", help="run the long tests and whole corpora too"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes share the run."""
    return picking.workers_for(config)


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what only `make check` runs."""
    if config.option.whole:
        return
    left = [
        item
        for item in items
        if picking.left_for_later(item) and not picking.is_named(item, config.args)
    ]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a worker recorded; one that crashed leaves nothing."""
    withstand.add(getattr(node, "workeroutput", {}).get("withstood", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what was recorded, in a worker, and clear up."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["withstood"] = withstand.as_plain()
    shutil.rmtree(os.environ["HF_HOME"], ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was withstood, after the results."""
    lines = withstand.table()
    if lines:
        terminalreporter.section("withstood")
    for line in lines:
        terminalreporter.write_line(line)


# The photographs below come inside scikit-image's wheel: nothing is downloaded. It and
# torch are imported by the tests that need them alone.


def photograph(name: str) -> np.ndarray:
    """Return a photograph by the name of skimage's function for it."""
    from skimage import data

    return getattr(data, name)()


def tiny_model(folder: Path, kind: str) -> Path:
    """Write a tiny seeded model of a kind of `tests.model_factory`."""
    from tests.model_factory import make_model

    return make_model(folder, kind)


@pytest.fixture(scope="session")
def chelsea() -> np.ndarray:
    """A photograph of a cat, uint8 (300, 451, 3)."""
    return photograph("chelsea")


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """A photograph of a cup, uint8 (400, 600, 3)."""
    return photograph("coffee")


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A portrait, uint8 (512, 512, 3)."""
    return photograph("astronaut")


@pytest.fixture(scope="session")
def rocket() -> np.ndarray:
    """A rocket on its pad, uint8 (427, 640, 3)."""
    return photograph("rocket")


@pytest.fixture(scope="session")
def tiny_vit(tmp_path_factory) -> Path:
    """A folder with a tiny seeded ViT classifier."""
    return tiny_model(tmp_path_factory.mktemp("models") / "vit", "vit")


@pytest.fixture(scope="session")
def tiny_deit(tmp_path_factory) -> Path:
    """A folder with a tiny seeded distilled DeiT, whose processor crops."""
    return tiny_model(tmp_path_factory.mktemp("models") / "deit", "deit")
