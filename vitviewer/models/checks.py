"""What is checked of a model when it is loaded and in every pass, in words."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.answers import HALF_PRECISION
from vitviewer.models.families.family import CapturePath
from vitviewer.text import plain
from vitviewer.trust import Check, NotFiniteError, Verdict

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.models.loaders.report import LoadReport
    from vitviewer.models.vision_model import Run, VisionModel

GREEN, AMBER, RED = Verdict.GREEN, Verdict.AMBER, Verdict.RED
TOLERANCES = {"float64": 1e-4, "float32": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}
"""Largest relative error that rounding alone explains, by the model's dtype."""
FINITE = "Finite weights"
_SUM_TOLERANCE = 1e-3
_SHOWN_NAMES = 3
_PATHS = {
    CapturePath.ATTENTION_FUNCTION: (
        "recorded in an attention function of ours that runs transformers' sdpa"
    ),
    CapturePath.SDPA: "recorded around torch's scaled_dot_product_attention",
    CapturePath.EAGER: (
        "recorded at the softmax of the model's own code, whose matrices are kept"
    ),
}


def model_checks(
    model: VisionModel, run: Run, report: LoadReport, has_processor: bool
) -> tuple[Check, ...]:
    """Check a model by its first pass; what `pass_checks` checks is not among these.

    Parameters
    ----------
    model : VisionModel
    run : Run
        A pass on a grey picture, with output projections followed.
    report : LoadReport
        How its weights loaded.
    has_processor : bool
        Whether the folder has a ``preprocessor_config.json``.
    """
    return (
        check_weights(report),
        *check_stored(report),
        check_finite_weights(report),
        check_projection(run.witness.projection_error, model.facts.dtype),
        check_tokens(run),
        check_implementation(model),
        check_dtype(model.facts),
        check_processor(model, has_processor),
    )


def pass_checks(run: Run, dtype: str) -> tuple[Check, ...]:
    """Check one pass: sums, products, and that all numbers are finite.

    Where they are not, there is nothing else to check.
    """
    witness = run.witness
    if not run.is_finite:
        return (check_activations(run, dtype),)
    return (
        check_sums(witness.sum_error, witness.n_told),
        check_products(witness.product_error, dtype),
        check_activations(run, dtype),
    )


def check_sums(error: float, n_told: int = 0) -> Check:
    """Rows sum to 1, by the normalisers of the ``n_told`` layers whose kernel tells."""
    name = "Rows sum to 1"
    if error > _SUM_TOLERANCE or error != error:
        return Check(name, RED, f"They do not: they are off by {error:.2g}.")
    whose = "" if not n_told else "by the attention kernel's own normalisers, "
    return Check(name, GREEN, f"In every layer, {whose}to within {error:.0e}.")


def check_products(error: float, dtype: str) -> Check:
    """Attention × V is what the model's own attention returned."""
    name = "Attention × V"
    if error <= TOLERANCES.get(dtype, 1e-4):
        return Check(
            name,
            GREEN,
            "Rows of every layer, multiplied by the values, are what the model's "
            f"attention returned, to within {error:.0e} of its largest value.",
        )
    return Check(
        name,
        RED,
        f"The recorded rows do not give what the model computed (off by {error:.2g} "
        "of the largest value): the maps are not the model's attention.",
    )


def check_activations(run: Run, dtype: str) -> Check:
    """Nothing in the pass overflowed."""
    if run.is_finite:
        return Check("Activations", GREEN, "All are finite numbers.")
    return Check(
        "Activations",
        RED,
        f"Some are not finite numbers: the model overflows in {dtype} on this picture.",
    )


def not_finite(facts: ModelFacts, checks: tuple[Check, ...]) -> NotFiniteError:
    """Say why there is nothing to show of a pass, and what may help.

    Parameters
    ----------
    facts : ModelFacts
    checks : tuple of Check
        Those of the model and of the pass.
    """
    damaged = next((c for c in checks if c.name == FINITE and c.verdict is RED), None)
    if damaged is not None:
        sentence = (
            "The model computes values that are not finite numbers on this picture. "
            f"{damaged.reason.removesuffix('.')}: download the model again."
        )
    elif facts.dtype in HALF_PRECISION:
        sentence = (
            f"The model overflows in {facts.dtype} on this picture, so there is no "
            "map: choose float32 as the model's precision (--precision float32)."
        )
    else:
        sentence = (
            f"The model overflows in {facts.dtype} on this picture, so there is no "
            "map: try another picture, or another model."
        )
    return NotFiniteError(sentence, checks)


def check_weights(report: LoadReport) -> Check:
    """The weights are the checkpoint's, all of them and no others."""
    name = "Weights"
    if report.borrowed:
        return Check(
            name,
            GREEN,
            f"They are the {report.n_tensors} tensors of the model in memory; whether "
            "all of them were loaded from a file is not known here.",
        )
    if report.unmerged:
        return Check(
            name,
            RED,
            "The file holds an adapter's tensors that are not merged, so the maps are "
            f"not the adapted model's: {_some(report.unmerged)}.",
        )
    if report.random and not (report.lacks_classifier and _only_heads(report)):
        return Check(
            name,
            RED,
            f"{len(report.random)} of {report.n_tensors} tensors are missing or of "
            f"another shape, and are random numbers: {_some(report.random)}.",
        )
    if report.surplus:
        return Check(
            name,
            RED,
            "The file holds layers that the config leaves out: "
            f"{_some(report.surplus)}.",
        )
    if report.lacks_classifier:
        return Check(
            name,
            AMBER,
            "The classifier's weights are missing, so no prediction is shown; the "
            "attention is not affected.",
        )
    if report.unexpected:
        return Check(
            name,
            AMBER,
            f"All {report.n_tensors} tensors were found; {len(report.unexpected)} more "
            f"in the file belong to nothing here: {_some(report.unexpected)}.",
        )
    return Check(name, GREEN, f"All {report.n_tensors} tensors were found.")


def check_stored(report: LoadReport) -> tuple[Check, ...]:
    """Say what lay in the files otherwise than the model has it, if anything did."""
    if not report.remarks:
        return ()
    return (Check("Stored weights", AMBER, " ".join(report.remarks)),)


def check_finite_weights(report: LoadReport) -> Check:
    """No weight is NaN or infinite."""
    if not report.infinite:
        return Check(FINITE, GREEN, "All weights are finite numbers.")
    return Check(
        FINITE,
        RED,
        f"Not all weights are finite numbers: {_some(report.infinite)}.",
    )


def check_projection(error: float | None, dtype: str) -> Check:
    """Attention × V × output projection is what the attention module returned."""
    name = "Output projection"
    if error is None:
        return Check(name, AMBER, "It could not be followed in this model.")
    if not isfinite(error):
        reason = "On a grey picture some numbers of it are not finite."
        return Check(name, AMBER, reason)
    if error <= 2 * TOLERANCES.get(dtype, 1e-4):
        return Check(
            name,
            GREEN,
            "Attention × V, projected, is what each attention module returned, to "
            f"within {error:.0e} of its largest value.",
        )
    return Check(
        name,
        RED,
        f"Attention × V, projected, differs from what an attention module returned by "
        f"{error:.2g} of its largest value: something else is mixed in.",
    )


def check_tokens(run: Run) -> Check:
    """Special tokens and grid come from independent sources that agree."""
    tokens = run.tokens
    count = f"There are {len(tokens.special)} + {tokens.rows} × {tokens.cols}"
    if run.grid is None:
        return Check(
            "Tokens",
            GREEN,
            f"{count}: the config's special tokens, and the input's size over the "
            "patch size, make up the tokens that attention saw.",
        )
    return Check(
        "Tokens",
        GREEN,
        f"{count}: the config's special tokens and the patch convolution's grid make "
        "up the tokens that attention saw.",
    )


def check_implementation(model: VisionModel) -> Check:
    """The attention that is in force is the one that is recorded."""
    from vitviewer.models.loaders.report import IMPLEMENTATIONS

    name = "Attention code"
    wanted = IMPLEMENTATIONS[model.path]
    found = getattr(model.module.config, "_attn_implementation", None)
    if found == wanted:
        return Check(name, GREEN, f"{found}, {_PATHS[model.path]}.")
    return Check(
        name,
        RED,
        f"The model runs {plain(str(found))} where {wanted} was asked for.",
    )


def check_dtype(facts: ModelFacts) -> Check:
    """Rows are float32 whatever the weights are."""
    dtype = facts.dtype
    if facts.is_widened:
        return Check(
            "Precision",
            AMBER,
            f"Weights were published in {facts.published} and run in {dtype}, as was "
            f"chosen: answers differ a little from those of {facts.published}.",
        )
    if dtype in ("float32", "float64"):
        return Check("Precision", GREEN, f"Weights and passes are {dtype}.")
    return Check(
        "Precision",
        GREEN,
        f"Weights and passes are {dtype}, as published; rows are computed in float32 "
        f"from the {dtype} queries and keys.",
    )


def check_processor(model: VisionModel, has_processor: bool) -> Check:
    """Pictures are prepared as the family's training had them, at the config's size."""
    name = "Preparation"
    size, usual = _size(model)
    values = _values(model, has_processor)
    doubts = [values, "" if usual else size]
    if any(doubts):
        return Check(name, AMBER, " ".join(filter(None, doubts)))
    described = f"{model.preprocessor.description}.".capitalize()
    return Check(name, GREEN, f"{described} {size}".rstrip())


def _values(model: VisionModel, has_processor: bool) -> str:
    """Say what there is to know of the pixel values; empty where they are as usual."""
    known = model.blueprint.family.normalisations
    if not has_processor:
        return (
            "The folder has no preprocessor_config.json: pictures are prepared as is "
            f"usual for {model.facts.family}."
        )
    processor = model.preprocessor.processor
    normalises = processor.do_normalize
    found = (processor.image_mean, processor.image_std) if normalises else None
    if not known or any(_same(found, usual) for usual in known):
        return ""
    mean = known[0][0][0]
    return (
        f"The processor says {model.preprocessor.description}, but "
        f"{model.facts.family} models were trained with mean {mean:.3g} and so "
        "on: predictions may suffer."
    )


def _size(model: VisionModel) -> tuple[str, bool]:
    """Say that the processor's size is not the config's, and whether that is usual.

    Empty where they agree.
    """
    facts = model.facts
    if facts.trained_size is None or not facts.is_resized:
        return "", True
    width, height = facts.input_size
    trained_width, trained_height = facts.trained_size
    reason = (
        f"The processor makes {width} × {height} pixels of a square picture, where "
        f"the model's config says {trained_width} × {trained_height}"
    )
    if model.blueprint.sizes_vary:
        return f"{reason}, as is usual for {facts.family}.", True
    return f"{reason}: positions are interpolated, and predictions may suffer.", False


def _same(found: tuple[object, object] | None, usual: tuple[object, object]) -> bool:
    """Compare (mean, deviation) with the usual ones; None is not normalised."""
    return found is not None and all(
        np.allclose(np.broadcast_to(np.asarray(a, float), 3), np.asarray(b), atol=2e-3)
        for a, b in zip(found, usual, strict=True)
    )


def _only_heads(report: LoadReport) -> bool:
    return all("classifier." in name for name in report.random)


def _some(names: tuple[str, ...]) -> str:
    """List the first few names, printable and short."""
    left = len(names) - _SHOWN_NAMES
    more = f" and {left} more" if left > 0 else ""
    return ", ".join(plain(name) for name in names[:_SHOWN_NAMES]) + more
