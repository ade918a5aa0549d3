"""What is open: pictures come in through a worker of their own, one is shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vitviewer.pictures.opening import (
    Opened,
    decode_bytes,
    lasting,
    open_first,
    open_one,
    over_background,
)
from vitviewer.pictures.playlist import Playlist
from vitviewer.qt.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vitviewer.jobs import Job
    from vitviewer.maps.state import ViewState
    from vitviewer.pictures.picture import Picture


class Opener(QObject):
    """Own the open set and its current picture; the newest wish wins.

    Files have a worker of their own, so that a drop is shown at once even while torch
    is being imported or a model runs.
    """

    picture_changed = Signal(object)
    noticed = Signal(str)

    def __init__(self, state: ViewState, parent: QObject) -> None:
        super().__init__(parent)
        self.playlist = Playlist()
        self.picture: Picture | None = None
        self._state = state
        self.worker = Worker(("open", "over"), self)
        self.worker.answered.connect(self._on_answered)
        self.worker.failed.connect(self._on_failed)
        state.events.background.connect(self._put_over_background)
        self.worker.start()

    def open(self, sources: Sequence[str]) -> None:
        """Open pictures, folders or URLs; the first picture is shown."""
        wanted = [lasting(source) for source in sources]
        self._submit("open", partial(open_first, wanted, self._state.background))

    def open_current(self) -> None:
        """Open the picture that is the current one of the opened set."""
        if self.playlist.current is not None:
            call = partial(open_one, self.playlist.current, self._state.background)
            self._submit("open", call)

    def step(self, by: int) -> bool:
        """Go some pictures forward or back in the opened set; False at its end."""
        moved = self.playlist.step(by)
        if moved:
            self.open_current()
        return moved

    def decode(self, data: bytes, name: str) -> None:
        """Decode picture bytes from the clipboard or a browser, and show them."""
        self._submit("open", partial(decode_bytes, data, name, self._state.background))

    def show(self, picture: Picture) -> None:
        """Show a picture that is decoded already; it belongs to no set."""
        self.playlist.replace([])
        self._take(picture)

    def stop(self, timeout_ms: int) -> bool:
        """End the worker; False if it would not stop in time."""
        return self.worker.stop(timeout_ms)

    def _submit(self, kind: str, call: Callable[[], Opened]) -> None:
        self.worker.submit(kind, lambda _job: call())

    @Slot(str, object, object)
    def _on_answered(self, _kind: str, job: Job, opened: Opened) -> None:
        if job.is_cancelled:
            return  # a stale answer never paints over a newer one
        several = len(opened.sources) > 1
        if opened.sources and (opened.picture is not None or several):
            self.playlist.replace(opened.sources)
        if opened.picture is not None:
            self._take(opened.picture)
        if opened.error:
            self.noticed.emit(opened.error)

    @Slot(str, object, str)
    def _on_failed(self, _kind: str, job: Job, sentence: str) -> None:
        if not job.is_cancelled:
            self.noticed.emit(sentence)

    def _take(self, picture: Picture) -> None:
        self.picture = picture
        self.picture_changed.emit(picture)
        self._put_over_background()

    def _put_over_background(self, *_: object) -> None:
        """Put a transparent picture over the background that the state asks for."""
        picture, background = self.picture, self._state.background
        self.worker.discard("over")
        if picture is None or picture.transparency is None:
            return
        if picture.background is not background:
            self._submit("over", partial(over_background, picture, background))
