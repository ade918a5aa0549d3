"""What loading weights came to: what both loaders find out, check and report.

A loader makes a module for one way of recording and fills it with a checkpoint's
tensors; a `LoadReport` says which of them fitted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from vitviewer.capture import attention_function
from vitviewer.errors import Cancelled, ModelError
from vitviewer.models.families.family import CapturePath
from vitviewer.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

IMPLEMENTATIONS = {
    CapturePath.ATTENTION_FUNCTION: attention_function.NAME,
    CapturePath.SDPA: "sdpa",
    CapturePath.EAGER: "eager",
}
"""What transformers calls the attention code behind each way of recording."""

_HEADS = ("classifier.", "cls_classifier.", "distillation_classifier.")
_NUMBER = re.compile(r"\.\d+\.")


@dataclass(frozen=True)
class LoadReport:
    """How a checkpoint's tensors fitted the model.

    ``missing`` and ``mismatched`` tensors hold random numbers; ``surplus`` are layers
    that the config leaves out; ``unexpected`` belongs to nothing in this model;
    ``infinite`` tensors hold values that are not finite numbers; ``borrowed`` ones
    were in memory already, and who loaded them is not known. ``unmerged`` are an
    adapter's, or numbers that others are to be scaled by, and are left out;
    ``remarks`` are sentences that a reader of the maps must know.
    """

    n_tensors: int
    missing: tuple[str, ...] = ()
    mismatched: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    infinite: tuple[str, ...] = ()
    borrowed: bool = False
    unmerged: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def random(self) -> tuple[str, ...]:
        """Tensors that are not the checkpoint's."""
        return self.missing + self.mismatched

    @property
    def is_mostly_random(self) -> bool:
        """Whether more than half of the tensors are not the checkpoint's."""
        return 2 * len(self.random) > self.n_tensors

    @property
    def lacks_classifier(self) -> bool:
        """Whether the classifier, or a part of it, is random."""
        return any(name.startswith(_HEADS) for name in self.random)


def check_mostly_loaded(report: LoadReport, folder: Path) -> None:
    """Refuse weights of which most are another model's.

    Raises
    ------
    ModelError
        If more than half of the model's tensors are random numbers.
    """
    if report.is_mostly_random:
        raise ModelError(
            f"The weights in {quoted(folder.name)} are not those of its "
            f"config.json ({len(report.random)} of {report.n_tensors} tensors are "
            "missing or of another shape): download the model again."
        )


def surplus_layers(unexpected: Iterable[str], own: Collection[str]) -> list[str]:
    """Return the unexpected tensors that belong to layers the config leaves out.

    Such a tensor is called like one that the model has, but for its layer's number;
    what else is unexpected belongs to other parts of a larger model.
    """
    stems = {_NUMBER.sub(".#.", name) for name in own}
    return [
        name
        for name in unexpected
        if _NUMBER.search(name) and _NUMBER.sub(".#.", name) in stems
    ]


def infinite_tensors(
    module: torch.nn.Module, cancelled: Callable[[], bool]
) -> tuple[str, ...]:
    """Name the tensors that hold values which are not finite numbers.

    Raises
    ------
    Cancelled
        If ``cancelled()`` became true.
    """
    found = []
    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if cancelled():
            raise Cancelled
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            found.append(name)
    return tuple(found)
