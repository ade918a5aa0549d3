"""Models trained on grids or patches that are not square, and how far they can be run.

transformers' code for most families takes the trained positions for those of a square
grid when it interpolates them: a table of 2 × 8 is read as one of 4 × 4, and each
position lands somewhere else. Whether that happens is watched, not guessed.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from vitviewer.errors import Cancelled, ModelError
from vitviewer.models.families.family import Positions
from vitviewer.models.vision_model import pair
from vitviewer.queries import Resolution
from vitviewer.trust import Check, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.jobs import Job
    from vitviewer.models.families.blueprint import Blueprint
    from vitviewer.models.vision_model import VisionModel

log = logging.getLogger(__name__)

Size = tuple[int, int]


def grid_of(size: Size, patch: Size) -> Size:
    """Return how many patches of (width, height) a size has, (columns, rows)."""
    return size[0] // patch[0], size[1] // patch[1]


def is_oblong(size: Size | None, patch: Size) -> bool:
    """Tell whether a trained grid or its patches are not square."""
    if size is None:
        return False
    cols, rows = grid_of(size, patch)
    return cols != rows or patch[0] != patch[1]


class SquareWatch(TorchFunctionMode):
    """Notice that positions are interpolated as those of a square grid."""

    def __init__(self) -> None:
        super().__init__()
        self.squares = False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is torch.nn.functional.interpolate and args:
            rows, cols = args[0].shape[-2:]
            self.squares |= rows == cols
        return result


def examine(
    model: VisionModel, grey: NDArray[np.uint8], job: Job, squares: bool
) -> tuple[str, tuple[Check, ...]]:
    """Find out whether a model whose grid is not square can be run at another size.

    Parameters
    ----------
    model : VisionModel
    grey : uint8 (height, width, 3)
        The picture that it was run on.
    job : Job
    squares : bool
        What a `SquareWatch` noticed in that run.

    Returns
    -------
    fixed : str
        Why it takes its trained size only; empty where it takes others.
    doubts : tuple of Check
        What there is to know of the trained size itself.

    Raises
    ------
    ModelError
        If the processor makes another size than the only one that is right.
    """
    facts, size = model.facts, model.facts.trained_size
    fixed_by_code = model.blueprint.family.positions is Positions.FIXED
    if size is None or fixed_by_code or not is_oblong(size, facts.patch_size):
        return "", ()
    cols, rows = grid_of(size, facts.patch_size)
    scrambled = squares and cols != rows
    if not scrambled and _goes_double(model, grey, job):
        return "", ()
    fixed = _words(facts.family, size, facts.patch_size)
    if facts.is_resized:
        made = facts.input_size
        raise ModelError(
            f"The model's image processor makes {made[0]} × {made[1]} pixels, where "
            f"the model takes {size[0]} × {size[1]} only ({fixed}): correct the size "
            "in its preprocessor_config.json."
        )
    doubts = (_check_positions(size, facts.patch_size),) if scrambled else ()
    return fixed, doubts


def _goes_double(model: VisionModel, grey: NDArray[np.uint8], job: Job) -> bool:
    """Tell whether a model runs at twice the size, its grid taken for what it is."""
    size = model.facts.trained_size
    assert size is not None
    cols, rows = grid_of(size, model.facts.patch_size)
    try:
        with SquareWatch() as watch:
            model.run(grey, job, resolution=Resolution.DOUBLE)
    except (Cancelled, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception:  # each family's code fails in its own way
        log.info("%s: not at another size", model.facts.name, exc_info=True)
        return False
    return cols == rows or not watch.squares


def _words(title: str, size: Size, patch: Size) -> str:
    """Say why a model of this shape takes its trained size only."""
    cols, rows = grid_of(size, patch)
    return (
        f"transformers' code for {title} interpolates positions as if grid and patches "
        f"were square, and this model has {rows} × {cols} patches of {patch[0]} × "
        f"{patch[1]} pixels"
    )


def _check_positions(size: Size, patch: Size) -> Check:
    """Say that positions are laid on a square even at the trained size."""
    cols, rows = grid_of(size, patch)
    return Check(
        "Positions",
        Verdict.AMBER,
        f"transformers' code lays this model's {rows} × {cols} positions on a square "
        "grid and stretches that, even at the trained size: the maps are what it "
        "computes, but a model that was trained by other code may have meant them "
        "otherwise.",
    )


def failure_words(blueprint: Blueprint) -> str:
    """Say why a model of this shape cannot be run at all; empty for a square one."""
    try:
        size = pair(blueprint.encoder.get("image_size"))
        patch = pair(blueprint.encoder.get("patch_size"))
        oblong = is_oblong(size, patch)
    except (TypeError, ValueError, ZeroDivisionError):
        return ""
    if not oblong:
        return ""
    cols, rows = grid_of(size, patch)
    return (
        f"transformers' code for {blueprint.title} runs square patches on a square "
        f"grid only, and this model's config.json has {rows} × {cols} patches of "
        f"{patch[0]} × {patch[1]} pixels"
    )
