"""What the popup of the method offers: each under the question that it answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from vitviewer.methods.method import Group
from vitviewer.methods.registry import list_methods, method
from vitviewer.qt.sentence.choice import Choice, fitting
from vitviewer.qt.sentence.costs import cost_words

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.methods.method import Method
    from vitviewer.qt.controller import Controller
    from vitviewer.qt.sentence.costs import Costs
    from vitviewer.queries import Query


def method_choices(controller: Controller, costs: Costs, text: str) -> list[Choice]:
    """Return the methods that fit the typed words, those of no use here last."""
    every = [_choice(controller, costs, one) for one in list_methods().values()]
    order = [_tr(group.value) for group in Group]
    every.sort(key=lambda one: (order.index(one.group), not one.can_be))
    return fitting(every, text)


def _choice(controller: Controller, costs: Costs, one: Method) -> Choice:
    model = controller.model
    missing = one.missing(model) if model is not None else ""
    name = _tr(one.title)
    return Choice(
        name[:1].upper() + name[1:],
        partial(choose_method, controller, one.name),
        missing or _tr(one.question),
        "" if missing else _cost(controller, costs, one.name),
        _tr(one.listed_under.value),
        is_chosen=controller.state.method == one.name,
        can_be=not missing,
    )


def _cost(controller: Controller, costs: Costs, name: str) -> str:
    explanation = controller.explanation
    if explanation is not None and explanation.rows.request.method == name:
        return cost_words(0.0)  # the pass itself has brought the answer
    return costs.words(name)


def choose_method(controller: Controller, name: str) -> None:
    """Take a method; a token that it cannot be asked about gives way."""
    asked, state = method(name), controller.state
    if asked.queries and state.query.kind not in asked.queries:
        state.query = _askable(asked, controller.model) or state.query
    state.method = name


def _askable(asked: Method, model: ModelFacts | None) -> Query | None:
    if model is None:
        return None
    every = (model.default_query, *model.queries)
    return next((query for query in every if query.kind in asked.queries), None)


def _tr(words: str) -> str:
    return QCoreApplication.translate("Methods", words)
