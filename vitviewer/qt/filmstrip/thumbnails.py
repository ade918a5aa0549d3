"""Small pictures of the opened set: made in a thread that stands back, then kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal, Slot
from PySide6.QtGui import QImage

from vitviewer.errors import Cancelled, ImageError
from vitviewer.pictures.opening import is_on_the_web
from vitviewer.qt.filmstrip.wanted import Order, Wanted
from vitviewer.qt.unexpected import unexpected
from vitviewer.qt.widgets.qimage import to_qimage
from vitviewer.qt.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.jobs import Job
    from vitviewer.pictures.picture import Picture
    from vitviewer.qt.opener import Opener
    from vitviewer.queries import Background

#: So many are kept: at most 22 MB, and several screenfuls.
MOST_KEPT = 300

_NICENESS = 10


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, or None and the sentence that says why there is none."""

    image: QImage | None
    why_not: str = ""


class Thumbnails(QObject):
    """Make small pictures of what is wanted now, and keep those wanted last.

    The thread waits while a picture is being opened, and gives up what is no longer
    wanted. Addresses are not fetched: they get theirs when they are shown.

    Parameters
    ----------
    opener : Opener
        What opens the pictures that are shown.
    background : callable
        Returns what transparent pictures are to be composited over.
    """

    made = Signal()
    _done = Signal(int, str, object, str)  # from the thread

    def __init__(
        self, opener: Opener, background: Callable[[], Background], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._kept: OrderedDict[str, Thumbnail] = OrderedDict()
        self._shown: dict[str, Picture] = {}  # the newest one, until it is made small
        self._asked: list[str] = []
        self._age = 0
        self._is_stopped = False
        self._wanted = Wanted()
        self.worker = Worker(("make",), self, _NICENESS)
        self._done.connect(self._on_done)
        opener.worker.started_job.connect(self._on_opening)
        opener.worker.idle.connect(self._on_idle)

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def is_busy(self) -> bool:
        """Whether some of what is wanted is not made yet."""
        return self.worker.is_busy

    def get(self, source: str) -> Thumbnail | None:
        """Return the small picture of a source; None where it is not made yet."""
        return self._kept.get(source)

    def want(self, sources: Iterable[str]) -> None:
        """Make those that are missing, in this order, instead of what was wanted."""
        near = list(dict.fromkeys(sources))
        for source in reversed(near):
            if source in self._kept:
                self._kept.move_to_end(source)
        missing = [s for s in near if s not in self._kept and s not in self._shown]
        self._ask([*self._shown, *missing])

    def show(self, source: str, picture: Picture) -> None:
        """Make one of a picture that is decoded already, before all others."""
        self._shown = {source: picture}
        waiting = [s for s in self._asked if s not in self._kept and s != source]
        self._asked = []
        self._ask([source, *waiting])

    def forget(self) -> None:
        """Drop all that was made: the files, or the background, may be others now."""
        self._age += 1
        self._asked = []
        self._shown.clear()
        self._kept.clear()
        self._wanted.replace([])

    def stop(self, timeout_ms: int) -> bool:
        """End the thread; False if it would not stop in time."""
        self._is_stopped = True
        self._wanted.replace([])
        return self.worker.stop(timeout_ms)

    def _ask(self, sources: list[str]) -> None:
        if sources == self._asked or self._is_stopped:
            return
        self._asked = sources
        self._wanted.replace([self._order(s) for s in sources if self._is_here(s)])
        if not sources:
            return
        if not self.worker.isRunning():
            self.worker.start(QThread.Priority.LowestPriority)
        self.worker.submit("make", partial(_make, self._wanted, self._done.emit))

    def _is_here(self, source: str) -> bool:
        """Return whether nothing has to be fetched for a source."""
        return source in self._shown or not is_on_the_web(source)

    def _order(self, source: str) -> Order:
        picture = self._shown.get(source)
        return Order(self._age, source, self._background(), picture)

    @Slot(int, str, object, str)
    def _on_done(
        self, age: int, source: str, pixels: NDArray[np.uint8] | None, why_not: str
    ) -> None:
        if age != self._age:
            return
        image = None if pixels is None else to_qimage(pixels)
        self._kept[source] = Thumbnail(image, why_not)
        self._kept.move_to_end(source)
        self._shown.pop(source, None)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        self.made.emit()

    @Slot()
    def _on_opening(self, *_: object) -> None:
        self._wanted.hold(True)

    @Slot()
    def _on_idle(self) -> None:
        self._wanted.hold(False)


def _make(
    wanted: Wanted,
    tell: Callable[[int, str, NDArray[np.uint8] | None, str], object],
    job: Job,
) -> None:
    """Make one after the other until nothing is wanted, in the thread."""
    while (order := wanted.take()) is not None:
        pixels, why_not = None, ""
        try:
            pixels = _thumbnail(order, wanted)
        except Cancelled:
            wanted.give_up()
            continue
        except ImageError as error:
            why_not = str(error)
        except Exception as error:
            why_not = unexpected(error)
        wanted.finish()
        tell(order.age, order.source, pixels, why_not)
        job.check()


def _thumbnail(order: Order, wanted: Wanted) -> NDArray[np.uint8]:
    from vitviewer.pictures.thumbnails import thumbnail, thumbnail_of

    if order.picture is not None:
        return thumbnail_of(order.picture)
    return thumbnail(order.source, order.background, wanted.is_overtaken)
