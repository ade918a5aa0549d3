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
    """Notice that a square grid of positions is stretched to one that is none."""

    def __init__(self) -> None:
        super().__init__()
        self.stretched = False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is torch.nn.functional.interpolate and args:
            before, after = args[0].shape[-2:], result.shape[-2:]
            self.stretched |= before[0] == before[1] and after[0] != after[1]
        return result


def examine(
    model: VisionModel, grey: NDArray[np.uint8], job: Job, stretched: bool
) -> tuple[str, tuple[Check, ...]]:
    """Find out whether a model whose grid is not square can be run at another size.

    Parameters
    ----------
    model : VisionModel
    grey : uint8 (height, width, 3)
        The picture that it was run on.
    job : Job
    stretched : bool
        Whether positions were laid on a square in that run.

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
    facts, family = model.facts, model.blueprint.family
    size, patch = facts.trained_size, facts.patch_size
    fixed_by_code = family.positions is Positions.FIXED
    if size is None or fixed_by_code or not is_oblong(size, patch):
        return "", ()
    fixed = _words(facts.family, size, patch)
    if stretched and family.positions is Positions.FLAG:
        made = facts.input_size
        raise ModelError(
            f"The model's image processor makes {made[0]} × {made[1]} pixels, where "
            f"the model takes {size[0]} × {size[1]} only ({fixed}): correct the size "
            "in its preprocessor_config.json."
        )
    if stretched:
        return fixed, (_check_positions(size, patch),)
    try:
        with SquareWatch() as doubled:
            model.run(grey, job, resolution=Resolution.DOUBLE)
    except (Cancelled, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception:  # each family's code fails in its own way
        log.info("%s: not at another size", facts.name, exc_info=True)
        return fixed, ()
    return fixed if doubled.stretched else "", ()


def _words(title: str, size: Size, patch: Size) -> str:
    """Say why a model of this shape takes its trained size only."""
    cols, rows = grid_of(size, patch)
    return (
        f"transformers' code for {title} interpolates positions as if their grid were "
        f"square, and this model's has {rows} × {cols} patches of {patch[0]} × "
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
