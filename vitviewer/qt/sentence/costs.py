"""How long each method took here, for those who choose one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    from vitviewer.queries import Request

_AT_ONCE = 0.05


class Costs:
    """Measures from the moment a question is asked to its answer on the canvas."""

    def __init__(self) -> None:
        self._asked: tuple[Request, float] | None = None
        self._seconds: dict[str, float] = {}

    def clear(self) -> None:
        """Forget what another model or picture took."""
        self._asked = None
        self._seconds.clear()

    def ask(self, request: Request, now: float) -> None:
        """Note a question that waits for its answer."""
        if self._asked is None or self._asked[0] != request:
            self._asked = request, now

    def answer(self, request: Request, now: float) -> None:
        """Note that a question is answered."""
        if self._asked is not None and self._asked[0] == request:
            self._seconds[request.method] = now - self._asked[1]
        self._asked = None

    def words(self, method: str) -> str:
        """Say what a method took; nothing where that is not known."""
        seconds = self._seconds.get(method)
        return "" if seconds is None else cost_words(seconds)


def cost_words(seconds: float) -> str:
    """Write a time as it feels: "at once", "95 ms", "about 4 s"."""
    translate = QCoreApplication.translate
    if seconds < _AT_ONCE:
        return translate("Costs", "at once")
    if seconds < 0.995:
        return translate("Costs", "%1 ms").replace("%1", f"{seconds * 1000:.0f}")
    return translate("Costs", "about %1 s").replace("%1", f"{seconds:.0f}")
