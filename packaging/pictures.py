"""Make the README's pictures with the program itself: ``make pictures``."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtWidgets import QApplication

from vitviewer.maps.state import Interpolation
from vitviewer.pictures.samples import samples
from vitviewer.qt.controller import Controller
from vitviewer.qt.lifecycle import app
from vitviewer.qt.lifecycle.garbage import Collector
from vitviewer.qt.looks import theme
from vitviewer.qt.settings import Settings
from vitviewer.qt.window.main_window import MainWindow
from vitviewer.queries import Query

TARGET = Path(__file__).resolve().parent.parent / "resources" / "pictures"
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Shot:
    """One picture of the window: which sample, and what is chosen."""

    name: str
    model: str
    sample: str
    choices: dict[str, Any] = field(default_factory=dict)


SHOTS = (
    Shot("window", "shapes", "crescent-and-heart.png"),
    Shot("patch-query", "shapes", "ring.png", {"query": Query.patch(6, 8)}),
    Shot(
        "rollout",
        "shapes",
        "hourglass-and-disc.png",
        {"method": "rollout", "interpolation": Interpolation.SMOOTH},
    ),
    Shot("shortcut-with-mark", "shapes-shortcut", "heart-with-mark.png"),
    Shot("shortcut-without-mark", "shapes-shortcut", "heart-without-mark.png"),
)


def main() -> None:
    """Open the window once and take every shot."""
    application = app.make_application()
    Collector(application)
    theme.apply(application, "dark")
    window = MainWindow(Controller(), Settings(), remember_layout=False)
    window.show()
    wait(application, lambda: window.stage is not None)
    TARGET.mkdir(parents=True, exist_ok=True)
    for shot in SHOTS:
        take(application, window, shot)
    window.close()
    app.leave(window, 0)


def take(application: QApplication, window: MainWindow, shot: Shot) -> None:
    """Bring the window into a state and photograph it."""
    controller = window.controller
    sample = next(s for s in samples() if s.path.name == shot.sample)
    controller.load_model(shot.model)
    wait(application, lambda: controller.model is not None and settled(window))
    controller.open_path(str(sample.path))
    wait(
        application,
        lambda: (
            controller.picture is not None
            and controller.picture.source == str(sample.path)
            and controller.shown is not None
        ),
    )
    for name, value in shot.choices.items():
        setattr(controller.state, name, value)
    wait(application, lambda: settled(window))
    path = TARGET / f"{shot.name}.png"
    window.grab().save(str(path))
    print(path.relative_to(TARGET.parent.parent))
    for name in shot.choices:
        setattr(controller.state, name, getattr(type(controller.state)(), name))


def settled(window: MainWindow) -> bool:
    """Tell whether nothing is running or about to be painted."""
    busy = window.controller.asker.worker.is_busy
    return not (busy or window.status.engine.label.text())


def wait(application: QApplication, ready: Callable[[], bool]) -> None:
    """Run the event loop until something is so, and a little longer."""
    start = time.monotonic()
    while not ready():
        application.processEvents()
        time.sleep(0.01)
        if time.monotonic() - start > PATIENCE_S:
            sys.exit("The window never got there.")
    for _ in range(20):
        application.processEvents()
        time.sleep(0.01)


if __name__ == "__main__":
    main()
