"""A file's tensors, made to fit: bare names, the right part, adapters merged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from vitviewer.models.checkpoint import lora, wrapping
from vitviewer.models.checkpoint.weights import other_names
from vitviewer.models.loaders.report import LoadReport
from vitviewer.text import quoted

if TYPE_CHECKING:
    from vitviewer.models.checkpoint.tensors import Tensors

log = logging.getLogger(__name__)
Module = TypeVar("Module")
_BESIDE = (
    "The folder holds an adapter (LoRA or the like) beside the model, which is not "
    "applied: the maps are those of the model without it; `vitviewer merge` makes a "
    "model of both."
)


def fitted(
    tensors: Tensors,
    folder: Path,
    fill: Callable[[Tensors], tuple[Module, LoadReport]],
) -> tuple[Module, LoadReport]:
    """Fill a model with a file's tensors, by other names where theirs don't fit.

    Parameters
    ----------
    tensors : dict
        From `vitviewer.models.checkpoint.tensors.read_tensors`.
    folder : Path
        Where they are from.
    fill : callable
        Makes a module of tensors and reports how they fitted.

    Returns
    -------
    Module
    LoadReport
        With what has been done to the names or the weights among its remarks.
    """
    tensors, remark = wrapping.unwrapped(tensors)
    merged = lora.merged(tensors, lora.settings_of(folder))
    module, report = fill(merged.tensors)
    others = other_names(folder)
    renamed = f"They were read from {quoted(others[0])}." if others else ""
    remarks = [renamed, remark, merged.remark]
    if report.is_mostly_random:
        module, report, words = _best_part(merged.tensors, module, report, fill)
        remarks.append(words)
    within = merged.remark or merged.unmerged
    if lora.is_beside(folder) and not within:
        remarks.append(_BESIDE)
    said = tuple(words for words in remarks if words)
    return module, replace(report, remarks=said, unmerged=merged.unmerged)


def _best_part(
    tensors: Tensors,
    module: Module,
    report: LoadReport,
    fill: Callable[[Tensors], tuple[Module, LoadReport]],
) -> tuple[Module, LoadReport, str]:
    """Try the parts of a file; the first that fits is taken, but for a classifier."""
    for prefix in wrapping.parts(tensors, report.n_tensors):
        inner, _ = wrapping.unwrapped(wrapping.without(tensors, prefix))
        try:
            tried, found = fill(inner)
        except Exception:  # transformers raises many kinds for what does not fit
            log.info("not under %r", prefix, exc_info=True)
            continue
        if all("classifier." in name for name in found.random):
            words = wrapping.words_for(prefix, tensors, report.n_tensors)
            return tried, found, words
    return module, report, ""
