"""What one thread still wants of another: a list that may change at any time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Condition
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Background


@dataclass(frozen=True)
class Order:
    """One small picture that is to be made.

    Parameters
    ----------
    age : int
        Of the set that it belongs to: what was ordered for an older one is of no use.
    source : str
    background : Background
        What a transparent picture is composited over.
    picture : Picture, optional
        What it is made of, if that is decoded already.
    """

    age: int
    source: str
    background: Background
    picture: Picture | None = None

    def is_like(self, other: Order | None) -> bool:
        """Return whether both would come out the same."""
        if other is None:
            return False
        mine = self.age, self.source, self.background
        return mine == (other.age, other.source, other.background)


class Wanted:
    """Orders, those wanted most first; any thread may call all of it."""

    def __init__(self) -> None:
        self._condition = Condition()
        self._waiting: deque[Order] = deque()
        self._current: Order | None = None
        self._is_current_wanted = False
        self._is_held = False

    def replace(self, orders: Iterable[Order]) -> None:
        """Want these and nothing else; what is in the making goes on if it is one."""
        with self._condition:
            waiting = deque(orders)
            current = next((o for o in waiting if o.is_like(self._current)), None)
            self._is_current_wanted = current is not None
            if current is not None:
                waiting.remove(current)
            self._waiting = waiting
            self._condition.notify_all()

    def hold(self, on: bool) -> None:
        """Let nothing be begun while this is on; what is in the making begins anew."""
        with self._condition:
            self._is_held = on
            if on and self._current is not None and self._is_current_wanted:
                self._waiting.appendleft(self._current)
                self._is_current_wanted = False
            self._condition.notify_all()

    def take(self) -> Order | None:
        """Wait while all is held; return what is wanted most, None if nothing is."""
        with self._condition:
            while self._is_held and self._waiting:
                self._condition.wait()
            self._current = self._waiting.popleft() if self._waiting else None
            self._is_current_wanted = True
            return self._current

    def finish(self) -> None:
        """Tell that what was taken last is made, and need not be again."""
        with self._condition:
            done, self._current = self._current, None
            self._waiting = deque(o for o in self._waiting if not o.is_like(done))

    def give_up(self) -> None:
        """Tell that what was taken last is not made; it waits again if it is wanted.

        It may have been wanted once more after it was seen to be overtaken.
        """
        with self._condition:
            if self._current is not None and self._is_current_wanted:
                self._waiting.appendleft(self._current)
            self._current = None

    def is_overtaken(self) -> bool:
        """Return whether what was taken last is to be given up."""
        return not self._is_current_wanted
