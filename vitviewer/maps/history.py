"""Back and forward through what was looked at, as in a browser.

Only what a map is counts: its method, query, layers and heads. Colours and opacity are
left as they are. Scrubbing leaves no trail: a layer or a head becomes a step once it
has stood for a while; a method, a query or a class that was picked is one at once.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitviewer.maps.state import ViewState

#: What a step holds, in the order in which it is taken back.
FIELDS = (
    "settings",
    "method",
    "target",
    "direction",
    "query",
    "first_layer",
    "layer",
    "head",
    "fusion",
)
PICKED = ("method", "target", "direction", "query")
#: How long a scrubbed choice has to stand to be a step, in seconds.
REST = 1.0
MOST = 100

Step = dict[str, Any]


class History:
    """The steps that were taken, and which of them is shown.

    Times are seconds of any clock that only goes forward.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._at = -1
        self._passing: Step | None = None
        self._since = 0.0

    @property
    def can_go_back(self) -> bool:
        """Whether there is an earlier step."""
        return self._at > 0 or (self._at == 0 and self._passing is not None)

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a step that was gone back from."""
        return self._passing is None and self._at < len(self._steps) - 1

    @property
    def is_passing(self) -> bool:
        """Whether what is shown has yet to stand for a while to be a step."""
        return self._passing is not None

    def clear(self) -> None:
        """Forget all steps: they were another model's."""
        self._steps.clear()
        self._at, self._passing = -1, None

    def note(self, state: ViewState, now: float) -> None:
        """Hear what is chosen now; it may be the same as before."""
        self.settle(now)
        step = step_of(state)
        if not self._steps:
            self._add(step)
            return
        last = self._passing or self._steps[self._at]
        if step == last:
            return
        if any(step[name] != last[name] for name in PICKED):
            self._add_passing()
            self._add(step)
        elif step == self._steps[self._at]:
            self._passing = None  # scrubbed there and back
        else:
            self._passing, self._since = step, now

    def settle(self, now: float) -> None:
        """Make what has stood for long enough a step."""
        if self._passing is not None and now - self._since >= REST:
            self._add_passing()

    def back(self) -> Step | None:
        """Return the step before the one that is shown; None if there is none."""
        if not self.can_go_back:
            return None
        self._add_passing()
        self._at -= 1
        return self._steps[self._at]

    def forward(self) -> Step | None:
        """Return the step that was last gone back from; None if there is none."""
        if not self.can_go_forward:
            return None
        self._at += 1
        return self._steps[self._at]

    def _add_passing(self) -> None:
        if self._passing is not None:
            self._add(self._passing)

    def _add(self, step: Step) -> None:
        self._passing = None
        if self._steps and step == self._steps[self._at]:
            return
        self._steps[self._at + 1 :] = [step]
        del self._steps[:-MOST]
        self._at = len(self._steps) - 1


def step_of(state: ViewState) -> Step:
    """Return what a state says of the map, on its own."""
    return {name: deepcopy(getattr(state, name)) for name in FIELDS}


def take(step: Step, state: ViewState) -> None:
    """Put a step's choices into a state."""
    for name in FIELDS:
        setattr(state, name, deepcopy(step[name]))
