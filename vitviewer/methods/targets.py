"""What a method explains: a class's logit, or by how much it exceeds another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitviewer.errors import ModelError
from vitviewer.queries import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from vitviewer.answers import ModelFacts
    from vitviewer.capture.gradients import Gradients
    from vitviewer.methods.context import Context
    from vitviewer.queries import Request


def no_classes(model: ModelFacts) -> str:
    """Say why a model has no answer to explain; empty if it has."""
    if model.labels is not None:
        return ""
    return (
        "This model has no classes, so there is no answer to explain: open one with a "
        "classifier, or look at its attention."
    )


def explained(context: Context, request: Request) -> Target:
    """Return what a request explains; where it does not say, the predicted class.

    Raises
    ------
    ModelError
        If the model has no such class, or the answer is not finite.
    """
    labels, logits = context.model.labels, context.logits
    if labels is None or logits is None:
        raise ModelError(no_classes(context.model))
    if request.target is None:
        return Target(0 if context.model.regression else int(logits.argmax()))
    target = request.target
    for index in (target.index, target.minus):
        if index is not None and not 0 <= index < len(labels):
            raise ModelError(
                f"There is no class {index}: the model has {len(labels)}, counted from "
                "0. Choose one of them."
            )
    return target


def logit(target: Target) -> Callable[[Any], torch.Tensor]:
    """Return what takes the target's number out of a model's output."""
    return lambda output: logits(target, output)[0]


def logits(target: Target, output: Any) -> torch.Tensor:
    """Return the target's number for each picture of a batch, (pictures,)."""
    values: torch.Tensor = output.logits
    wanted = values[:, target.index]
    return wanted if target.minus is None else wanted - values[:, target.minus]


def differentiated(context: Context, request: Request) -> tuple[Target, Gradients]:
    """Return what a request explains, and its gradients."""
    from vitviewer.capture.gradients import gradients

    target = explained(context, request)
    return target, gradients(context.replay, logit(target), context.recording.check)
