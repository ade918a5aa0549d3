"""Take the gallery into ``out/gallery``, then the README's pictures: ``make pictures``.

Names of scenes as arguments take those alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"
# Dialogs list what is on the machine: here nothing but what comes with the program.
_HOME = tempfile.mkdtemp()
os.environ.update(HF_HOME=_HOME, HF_HUB_OFFLINE="1", XDG_CONFIG_HOME=_HOME)

from desk import Desk
from scenes import SCENES, USUAL, Scene
from shelf import PROJECT, Shelf

from vitviewer.qt.lifecycle import app
from vitviewer.qt.lifecycle.garbage import Collector
from vitviewer.qt.looks import theme

GALLERY = PROJECT / "out" / "gallery"
README = PROJECT / "resources" / "pictures"
IN_README = {
    "one": ("window", "dark"),
    "hundred": ("wall", "dark"),
    "patch": ("patch-query", "light"),
    "contours": ("contours", "dark"),
    "rollout": ("rollout", "light"),
    "story": ("shortcut-with-mark", "dark"),
    "story-without": ("shortcut-without-mark", "dark"),
}
"""Scenes to the README's files, with the theme that they are taken in."""


def main(names: list[str]) -> None:
    """Take the scenes, in both themes and their sizes."""
    application = app.make_application()
    Collector(application)
    scenes = [scene for scene in SCENES if not names or scene.name in names]
    GALLERY.mkdir(parents=True, exist_ok=True)
    README.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        theme.apply(application, "dark")
        desk, shelf = Desk(application), Shelf(Path(folder))
        for scene in scenes:
            take(desk, shelf, scene)
    desk.window.close()
    app.leave(desk.window, 0)


def take(desk: Desk, shelf: Shelf, scene: Scene) -> None:
    """Photograph a scene in all its sizes and both themes."""
    for size in scene.sizes:
        for name in theme.THEMES:
            desk.look(name, size)
            shot = scene.setting(desk, shelf)
            shot.save(str(GALLERY / f"{scene.name}-{size[0]}-{name}.png"))
            target, wanted = IN_README.get(scene.name, ("", ""))
            if wanted == name and size == USUAL:
                shot.save(str(README / f"{target}.png"))
            desk.reset()
    print(scene.name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
