"""What the popup of the class offers: those that are predicted, and all by search."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from vitviewer.qt.sentence.choice import Choice
from vitviewer.queries import Target
from vitviewer.text import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vitviewer.qt.controller import Controller

_PREDICTED, _MOST_FOUND = 5, 100


def target_choices(controller: Controller, text: str) -> list[Choice]:
    """Return the classes that fit the typed words, to explain or to subtract."""
    model = controller.model
    if model is None or not model.labels:
        return []
    if text.strip():
        found = _found(model.labels, text)
        return [
            *_classes(controller, found, _tr("All classes")),
            *_others(controller, found),
        ]
    best = _predicted(controller)
    indices = list(best)
    target = controller.state.target
    if target is not None and target.index not in best:
        indices.append(target.index)
    listed = _classes(controller, indices, _tr("Predicted"), best)
    return [*listed, *_others(controller, indices)]


def choose_class(controller: Controller, index: int) -> None:
    """Explain a class; what it is compared with stays, if it is another one."""
    old = controller.state.target
    minus = None if old is None or old.minus == index else old.minus
    controller.state.target = Target(index, minus)


def choose_other(controller: Controller, index: int | None) -> None:
    """Explain why it is the class rather than another one; None compares with none."""
    target = controller.state.target
    if target is not None:
        controller.state.target = replace(target, minus=index)


def _predicted(controller: Controller) -> dict[int, str]:
    """Return the likeliest classes with their amounts."""
    explanation = controller.explanation
    if explanation is None:
        return {}
    return {one.index: one.amount for one in explanation.predictions(_PREDICTED)}


def _found(labels: tuple[str, ...], text: str) -> list[int]:
    words = text.casefold().split()
    every = enumerate(label.casefold() for label in labels)
    hits = (i for i, label in every if all(word in label for word in words))
    return [i for i, _ in zip(hits, range(_MOST_FOUND), strict=False)]


def _classes(
    controller: Controller,
    indices: Iterable[int],
    group: str,
    amounts: dict[int, str] | None = None,
) -> list[Choice]:
    target = controller.state.target
    return [
        Choice(
            _label(controller, index),
            partial(choose_class, controller, index),
            detail=(amounts or {}).get(index, ""),
            group=group,
            is_chosen=target is not None and target.index == index,
        )
        for index in indices
    ]


def _others(controller: Controller, indices: Iterable[int]) -> list[Choice]:
    """Return what the class can be compared with, once there is one."""
    target = controller.state.target
    if target is None:
        return []
    group = _tr("Rather than")
    nothing = Choice(
        _tr("Nothing else"),
        partial(choose_other, controller, None),
        group=group,
        is_chosen=target.minus is None,
    )
    others = [
        Choice(
            _label(controller, index),
            partial(choose_other, controller, index),
            group=group,
            is_chosen=target.minus == index,
        )
        for index in indices
        if index != target.index
    ]
    return [nothing, *others]


def _label(controller: Controller, index: int) -> str:
    labels = controller.model.labels if controller.model is not None else None
    return plain(" ".join((labels or ())[index].split()))


def _tr(words: str) -> str:
    return QCoreApplication.translate("Targets", words)
