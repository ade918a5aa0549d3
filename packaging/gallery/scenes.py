"""The scenes: what is set up before each photograph of the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from desk import Desk
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget
from shelf import Shelf

from vitviewer.maps.presets import PRESETS, use
from vitviewer.maps.state import Interpolation, Scale
from vitviewer.queries import Fusion, Query, Resolution

Setting = Callable[[Desk, Shelf], QPixmap]
SMALL, USUAL, LARGE = (1024, 640), (1280, 720), (1920, 1080)


@dataclass(frozen=True)
class Scene:
    """One photograph.

    Parameters
    ----------
    name : str
        Of its file, together with theme and size.
    setting : callable
        Sets it up and takes it.
    sizes : tuple of (width, height)
        Of the window.
    """

    name: str
    setting: Setting
    sizes: tuple[tuple[int, int], ...] = (USUAL,)


def empty(desk: Desk, shelf: Shelf) -> QPixmap:
    """Before any picture; it has to be the first scene."""
    desk.load("shapes")
    return desk.picture()


def one(desk: Desk, shelf: Shelf) -> QPixmap:
    """A photograph through a real encoder, whole."""
    _photograph(desk, shelf, "chelsea")
    desk.choose(layer=9, resolution=Resolution.PICTURE)
    return desk.picture()


def story(desk: Desk, shelf: Shelf) -> QPixmap:
    """The model that looks at the corner."""
    desk.load("shapes-shortcut")
    desk.open([shelf.sample("heart-with-mark.png")])
    return desk.picture()


def story_without(desk: Desk, shelf: Shelf) -> QPixmap:
    """The same model on the same picture, without the mark."""
    desk.load("shapes-shortcut")
    desk.open([shelf.sample("heart-without-mark.png")])
    return desk.picture()


def hundred(desk: Desk, shelf: Shelf) -> QPixmap:
    """A hundred pictures, wall and filmstrip, one head."""
    desk.load(shelf.encoder)
    desk.open_folder(shelf.many)
    desk.window.toggles.wall.setChecked(True)
    desk.choose(layer=8, head=3, fusion=Fusion.HEAD)
    return desk.picture()


def table(desk: Desk, shelf: Shelf) -> QPixmap:
    """The wall as a table, under one photograph."""
    _photograph(desk, shelf, "coffee")
    desk.window.toggles.wall.setChecked(True)
    desk.window.around.wall.set_table(True)
    return desk.picture()


def error(desk: Desk, shelf: Shelf) -> QPixmap:
    """A file that ends too early, over what was shown before."""
    _photograph(desk, shelf, "chelsea")
    desk.controller.open([str(shelf.broken)])
    desk.wait(desk.window.notice.isVisible)
    return desk.picture()


def long_name(desk: Desk, shelf: Shelf) -> QPixmap:
    """A name that does not fit anywhere."""
    desk.load(shelf.encoder)
    desk.open([shelf.long_name])
    return desk.picture()


def patch(desk: Desk, shelf: Shelf) -> QPixmap:
    """One patch is asked: an eye looks at both."""
    _photograph(desk, shelf, "chelsea")
    desk.choose(resolution=Resolution.PICTURE)
    desk.choose(query=Query.patch(4, 7), layer=11, head=0, fusion=Fusion.HEAD)
    return desk.picture()


def rollout(desk: Desk, shelf: Shelf) -> QPixmap:
    """Another method."""
    _photograph(desk, shelf, "astronaut")
    desk.choose(method="rollout", resolution=Resolution.PICTURE)
    return desk.picture()


def contours(desk: Desk, shelf: Shelf) -> QPixmap:
    """Lines that hold a quarter and a half of the sum."""
    _photograph(desk, shelf, "coffee")
    desk.choose(interpolation=Interpolation.CONTOURS, layer=9)
    return desk.picture()


def nearest(desk: Desk, shelf: Shelf) -> QPixmap:
    """The true patches, on the scale of the whole layer."""
    _photograph(desk, shelf, "coffee")
    desk.choose(interpolation=Interpolation.NEAREST, scale=Scale.LAYER)
    return desk.picture()


def notebook(desk: Desk, shelf: Shelf) -> QPixmap:
    """As in the notebook that it began as."""
    _photograph(desk, shelf, "coffee")
    use(PRESETS["notebook"], desk.controller.state)
    return desk.picture()


def seen(desk: Desk, shelf: Shelf) -> QPixmap:
    """The picture as the model saw it."""
    _photograph(desk, shelf, "rocket")
    desk.choose(show_input=True)
    return desk.picture()


def layers(desk: Desk, shelf: Shelf) -> QPixmap:
    """The mean over some layers: two handles."""
    _photograph(desk, shelf, "chelsea")
    desk.choose(first_layer=3, layer=9)
    return desk.picture()


def alone(desk: Desk, shelf: Shelf) -> QPixmap:
    """The picture only."""
    _photograph(desk, shelf, "astronaut")
    desk.window.toggles.alone.setChecked(True)
    shot = desk.picture()
    desk.window.toggles.alone.setChecked(False)
    return shot


def details(title: str) -> Setting:
    """Return a setting with one section open."""

    def setting(desk: Desk, shelf: Shelf) -> QPixmap:
        desk.load("shapes")
        desk.open([shelf.sample("ring.png")])
        desk.window.panels.details.open_only([title])
        return desk.picture()

    return setting


def popup(part: str) -> Setting:
    """Return a setting with the list of a part of the sentence open."""

    def setting(desk: Desk, shelf: Shelf) -> QPixmap:
        _photograph(desk, shelf, "chelsea")
        bar = desk.window.around.sentence
        bar.open_part(part)
        desk.wait(lambda: bar.popup is not None)
        assert bar.popup is not None
        shot = desk.picture(bar.popup)
        bar.popup.close()
        return shot

    return setting


def menu(index: int) -> Setting:
    """Return a setting with a menu open."""

    def setting(desk: Desk, shelf: Shelf) -> QPixmap:
        _photograph(desk, shelf, "chelsea")
        window = desk.window
        one = window.menu_shells[index]
        place = window.menuBar().actionGeometry(one.menuAction()).bottomLeft()
        one.popup(window.menuBar().mapToGlobal(place))
        shot = desk.picture(one)
        one.close()
        return shot

    return setting


def dialog(open_it: Callable[[Desk], object]) -> Setting:
    """Return a setting with a dialog before the window."""

    def setting(desk: Desk, shelf: Shelf) -> QPixmap:
        _photograph(desk, shelf, "chelsea")
        before = set(desk.application.topLevelWidgets())
        open_it(desk)

        def new() -> list[QWidget]:
            every = set(desk.application.topLevelWidgets()) - before
            return [widget for widget in every if widget.isVisible()]

        desk.wait(lambda: bool(new()))
        shown = new()
        for widget in shown:
            middle = desk.window.geometry().center() - widget.rect().center()
            widget.move(middle)
        shot = desk.picture(*shown)
        for widget in shown:
            widget.close()
        return shot

    return setting


def _photograph(desk: Desk, shelf: Shelf, name: str) -> None:
    desk.load(shelf.encoder)
    desk.open([shelf.photographs[name]])


EVERY = (SMALL, USUAL, LARGE)
SCENES = (
    Scene("empty", empty, EVERY),
    Scene("one", one, EVERY),
    Scene("hundred", hundred, EVERY),
    Scene("error", error, EVERY),
    Scene("long-name", long_name, EVERY),
    Scene("story", story),
    Scene("story-without", story_without),
    Scene("table", table, (USUAL, LARGE)),
    Scene("patch", patch),
    Scene("rollout", rollout),
    Scene("contours", contours),
    Scene("nearest", nearest),
    Scene("notebook", notebook),
    Scene("seen", seen),
    Scene("layers", layers),
    Scene("alone", alone),
    *(
        Scene(f"details-{title.split()[0].lower()}", details(title))
        for title in ("Prediction", "Trust", "Display", "Model and input")
    ),
    *(Scene(f"popup-{part}", popup(part)) for part in ("model", "method", "query")),
    *(
        Scene(f"menu-{name}", menu(index))
        for index, name in enumerate(("file", "edit", "view", "go", "help"))
    ),
    Scene("dialog-keys", dialog(lambda d: d.window.menus.actions.show_shortcuts())),
    Scene("dialog-about", dialog(lambda d: d.window.menus.actions.show_about())),
    Scene("dialog-models", dialog(lambda d: d.window.panels.open_picker())),
)
