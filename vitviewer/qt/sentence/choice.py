"""One line that a popup offers, and how typed words find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitviewer.qt.looks.painting import State


@dataclass(frozen=True)
class Choice:
    """What may be chosen.

    Parameters
    ----------
    title : str
        Its name; untrusted text.
    take : callable
        Chooses it.
    note : str
        A line under the name: what it is, or why it cannot be chosen.
    detail : str
        What stands at the right, such as a size.
    group : str
        The heading over it.
    is_chosen, can_be : bool
        Whether it is what is chosen now, and whether it can be.
    light : str or None
        A verdict before the name.
    stays : bool
        Whether it is listed whatever is typed.
    """

    title: str
    take: Callable[[], None]
    note: str = ""
    detail: str = ""
    group: str = ""
    is_chosen: bool = False
    can_be: bool = True
    light: State | None = None
    stays: bool = False

    @property
    def spoken(self) -> str:
        """All that is to be read of it, in one line."""
        return ", ".join(filter(None, (self.title, self.note, self.detail)))


def fitting(choices: list[Choice], text: str) -> list[Choice]:
    """Return the choices in which all of the typed words occur, in their order."""
    words = text.casefold().split()

    def fits(choice: Choice) -> bool:
        line = f"{choice.title} {choice.note} {choice.group}".casefold()
        return choice.stays or all(word in line for word in words)

    return [choice for choice in choices if fits(choice)]
