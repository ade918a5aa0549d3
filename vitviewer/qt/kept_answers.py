"""Answers that are known already, by their requests, in bounded room."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vitviewer.answers import Answer
    from vitviewer.queries import Request

MOST_CHOSEN = 32
MOST_PASSING_BYTES = 32 * 1024**2


class KeptAnswers:
    """Keep the answers that were used last.

    Those to passing questions, such as a hovered patch's, have a place of their own:
    however many there are, they push out nothing that was chosen.
    """

    def __init__(self) -> None:
        self._chosen: OrderedDict[Request, Answer] = OrderedDict()
        self._passing: OrderedDict[Request, Answer] = OrderedDict()
        self._passing_bytes = 0

    def __len__(self) -> int:
        return len(self._chosen) + len(self._passing)

    @property
    def passing_bytes(self) -> int:
        """Size of the values of all passing answers."""
        return self._passing_bytes

    def get(self, request: Request, passing: bool = False) -> Answer | None:
        """Return an answer, if it is known; one that is asked for to stay will stay."""
        if request in self._chosen:
            self._chosen.move_to_end(request)
            return self._chosen[request]
        answer = self._passing.get(request)
        if answer is not None:
            self.keep(answer, passing)
        return answer

    def keep(self, answer: Answer, passing: bool = False) -> None:
        """Keep an answer in the place of any to the same request."""
        request = answer.request
        self._drop_passing(request)
        if passing and request not in self._chosen:
            self._passing[request] = answer
            self._passing_bytes += answer.values.nbytes
        else:
            self._chosen[request] = answer
            self._chosen.move_to_end(request)
        self._trim()

    def clear(self) -> None:
        """Forget all."""
        self._chosen.clear()
        self._passing.clear()
        self._passing_bytes = 0

    def _drop_passing(self, request: Request) -> None:
        dropped = self._passing.pop(request, None)
        if dropped is not None:
            self._passing_bytes -= dropped.values.nbytes

    def _trim(self) -> None:
        while len(self._chosen) > MOST_CHOSEN:
            self._chosen.popitem(last=False)
        while self._passing_bytes > MOST_PASSING_BYTES and len(self._passing) > 1:
            self._drop_passing(next(iter(self._passing)))
