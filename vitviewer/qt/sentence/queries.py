"""What the popup of the token offers: whose attention, and which way it looks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from vitviewer.maps.naming import query_name
from vitviewer.methods.registry import method
from vitviewer.qt.sentence.choice import Choice, fitting
from vitviewer.queries import Direction, Query, QueryKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.answers import ModelFacts
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.hovering import Hovering

#: Tokens that look, and that nothing looks at.
_LOOKING_ONLY = (QueryKind.MEAN, QueryKind.POOL)
_DIRECTIONS = {
    Direction.FROM: "Where it looks",
    Direction.TO: "What looks at it",
}


def query_choices(
    controller: Controller, click: Callable[[], None], text: str
) -> list[Choice]:
    """Return the tokens and the directions that fit the typed words.

    Parameters
    ----------
    controller : Controller
    click : callable
        Goes to the picture, where a patch is chosen by a click.
    text : str
        What was typed.
    """
    model = controller.model
    if model is None:
        return []
    tokens = [_token(controller, model, query) for query in _queries(controller, model)]
    patches = _patches(controller, click)
    ways = [_way(controller, direction) for direction in Direction]
    return fitting([*tokens, *patches, *ways], text)


def choose_query(controller: Controller, query: Query) -> None:
    """Take a token, and look from it where nothing can look at it."""
    state = controller.state
    if query.kind in _LOOKING_ONLY:
        state.direction = Direction.FROM
    state.query = query


def _queries(controller: Controller, model: ModelFacts) -> list[Query]:
    """List what needs no click; what the answer is read from comes first."""
    first = model.default_query
    others = [query for query in model.queries if query != first]
    chosen = controller.state.query
    patch = [chosen] if chosen.kind is QueryKind.PATCH else []
    return [first, *others, *patch]


def _token(controller: Controller, model: ModelFacts, query: Query) -> Choice:
    asked = method(controller.state.method)
    able = query.kind in asked.queries
    reason = _tr("%1 cannot be asked about it").replace("%1", asked.title)
    name = query_name(query, model, translate=_words)
    return Choice(
        name[:1].upper() + name[1:],
        partial(choose_query, controller, query),
        _about(model, query) if able else reason[:1].upper() + reason[1:],
        group=_tr("Whose attention"),
        is_chosen=query == controller.state.query,
        can_be=able,
    )


def _about(model: ModelFacts, query: Query) -> str:
    """Say what the model's answer has to do with a token."""
    if query != model.default_query:
        return ""
    words = _tr(model.reads or "the model's answer is read from it")
    return words[:1].upper() + words[1:]


def _patches(controller: Controller, click: Callable[[], None]) -> list[Choice]:
    asked = method(controller.state.method)
    if QueryKind.PATCH not in asked.queries:
        return []
    group = _tr("Whose attention")
    hovering: Hovering = controller.hovering
    switch = partial(hovering.switch, not hovering.is_on)
    return [
        Choice(_tr("A patch"), click, _tr("Click it in the picture"), group=group),
        Choice(
            _tr("The patch under the pointer"),
            switch,
            _tr("Follow the pointer without a click"),
            "H",
            group,
            is_chosen=hovering.is_on,
        ),
    ]


def _way(controller: Controller, direction: Direction) -> Choice:
    state = controller.state
    able = direction in method(state.method).directions
    if state.query.kind in _LOOKING_ONLY:
        able = direction is Direction.FROM
    chosen = state.direction is direction and able
    words = "" if able else _tr("Not for this token and method")
    return Choice(
        _tr(_DIRECTIONS[direction]),
        partial(setattr, state, "direction", direction),
        words,
        group=_tr("Which way"),
        is_chosen=chosen,
        can_be=able,
    )


def _words(phrase: str, about: str) -> str:
    return QCoreApplication.translate("Sentence", phrase, about)


def _tr(words: str) -> str:
    return QCoreApplication.translate("Queries", words)
