"""What is open: pictures come in through workers of their own, one is shown."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, Signal, Slot

from vitviewer.pictures.opening import (
    Opened,
    decode_bytes,
    fetch_address,
    lasting,
    name_of,
    open_fetched,
    open_first,
    open_one,
    over_background,
)
from vitviewer.pictures.playlist import Playlist
from vitviewer.qt.worker import Worker
from vitviewer.text import plain, short_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vitviewer.jobs import Job, Progress
    from vitviewer.maps.state import ViewState
    from vitviewer.pictures.picture import Picture


class Opener(QObject):
    """Own the open set and its current picture; the newest wish wins.

    Files have a worker of their own, so that a drop is shown at once even while torch
    is being imported or a model runs, and addresses have another: what is on this
    machine never waits for the network. `playlist_changed` tells of another set, and of
    another place in it, before the picture there is open. `fetching` says in words what
    is fetched and how much of it is here; with empty words nothing is.
    """

    picture_changed = Signal(object)
    playlist_changed = Signal()
    noticed = Signal(str)
    fetching = Signal(str)

    def __init__(self, state: ViewState, parent: QObject) -> None:
        super().__init__(parent)
        self.playlist = Playlist()
        self.picture: Picture | None = None
        self._state = state
        self._wanted = Opened([], None, "")  # what is being fetched
        self.worker = Worker(("open", "over"), self)
        self.fetcher = Worker(("fetch",), self)
        self.worker.answered.connect(self._on_answered)
        self.fetcher.answered.connect(self._on_fetched)
        self.fetcher.progressed.connect(self._on_progressed)
        for worker in (self.worker, self.fetcher):
            worker.failed.connect(self._on_failed)
        state.events.background.connect(self._put_over_background)
        self.worker.start()

    def open(self, sources: Sequence[str]) -> None:
        """Open pictures, folders or URLs; the first picture is shown."""
        wanted = [lasting(source) for source in sources]
        self._wish(partial(open_first, wanted, self._state.background))

    def open_current(self) -> None:
        """Open the picture that is the current one of the opened set."""
        self.playlist_changed.emit()
        if self.playlist.current is not None:
            self._wish(partial(open_one, self.playlist.current, self._state.background))

    def step(self, by: int) -> bool:
        """Go some pictures forward or back in the opened set; False at its end."""
        moved = self.playlist.step(by)
        if moved:
            self.open_current()
        return moved

    def go_to(self, index: int) -> None:
        """Open one picture of the set, unless it is shown already."""
        self.playlist.step(index - self.playlist.index)
        shown = self.picture.source if self.picture is not None else None
        busy = self.worker.is_busy or self.fetcher.is_busy
        if busy or shown != self.playlist.current:
            self.open_current()

    def decode(self, data: bytes, name: str) -> None:
        """Decode picture bytes from the clipboard or a browser, and show them."""
        self._wish(partial(decode_bytes, data, name, self._state.background))

    def show(self, picture: Picture) -> None:
        """Show a picture that is decoded already; it belongs to no set."""
        self.playlist.replace([])
        self.playlist_changed.emit()
        self._take(picture)

    def cancel_fetch(self) -> None:
        """Give up what is being fetched; what is shown stays."""
        self.fetcher.discard("fetch")
        self.fetching.emit("")

    def stop(self, timeout_ms: int) -> bool:
        """End the workers; False if one would not stop in time."""
        stopped = [worker.stop(timeout_ms) for worker in (self.fetcher, self.worker)]
        return all(stopped)

    def _wish(self, call: Callable[[], Opened]) -> None:
        """Open something instead of whatever else is still being opened."""
        self.cancel_fetch()
        self._submit("open", call)

    def _submit(self, kind: str, call: Callable[[], Opened]) -> None:
        self.worker.submit(kind, lambda _job: call())

    @Slot(str, object, object)
    def _on_answered(self, _kind: str, job: Job, opened: Opened) -> None:
        if job.is_cancelled:
            return  # a stale answer never paints over a newer one
        several = len(opened.sources) > 1
        if opened.sources and (opened.picture is not None or several):
            self.playlist.replace(opened.sources)
            self.playlist_changed.emit()
        if opened.picture is not None:
            self._take(opened.picture)
        if opened.error:
            self.noticed.emit(opened.error)
        if opened.address:
            self._fetch(opened)

    def _fetch(self, opened: Opened) -> None:
        """Fetch the first of what was opened; it is decoded with all else."""
        if not self.fetcher.isRunning():
            self.fetcher.start()
        self._wanted = opened
        self.fetcher.submit("fetch", partial(fetch_address, opened.address))
        self.fetching.emit(_fetching(opened.address) + "…")

    @Slot(str, object, object)
    def _on_progressed(self, _kind: str, job: Job, progress: Progress) -> None:
        if not job.is_cancelled:
            size = short_bytes(progress.done)
            if progress.total > progress.done:
                size += f" of {short_bytes(progress.total)}"
            self.fetching.emit(f"{_fetching(self._wanted.address)}: {size}")

    @Slot(str, object, object)
    def _on_fetched(self, _kind: str, job: Job, data: bytes) -> None:
        if job.is_cancelled:
            return
        self.fetching.emit("")
        wanted, background = self._wanted, self._state.background

        def decode() -> Opened:
            opened = open_fetched(wanted.address, data, background)
            return replace(opened, sources=wanted.sources)

        self._submit("open", decode)

    @Slot(str, object, str)
    def _on_failed(self, kind: str, job: Job, sentence: str) -> None:
        if job.is_cancelled:
            return
        if kind == "fetch":
            self.fetching.emit("")
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


def _fetching(url: str) -> str:
    """Say what is fetched, and where from."""
    name = f"Fetching {plain(name_of(url))}"
    with suppress(ValueError):  # half of an IPv6 address
        name += f" from {plain(urlsplit(url).netloc.rpartition('@')[2])}"
    return name
