"""Train the bundled models: ``python -m vitviewer.models.bundled.train``.

Every finished stage is kept under ``--work``; a run that was cut off goes on
with the stage it was in. ``--evaluate`` trains nothing: it measures the models
that are there again and writes their cards anew.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import Any

import torch
from transformers import ViTForImageClassification

from vitviewer.models.bundled.card import shapes_card, shortcut_card
from vitviewer.models.bundled.evaluate import measure_shapes, measure_shortcut
from vitviewer.models.bundled.learning import (
    MEAN,
    STD,
    Learner,
    new_model,
    refined,
    train_stage,
)
from vitviewer.models.bundled.recipes import RECIPES, SCENES, Recipe
from vitviewer.models.bundled.scenes import TRAINING_SIZE
from vitviewer.models.bundled.store import HELD_OUT, SceneStore, draw_store

THREADS = 2
HELD_OUT_SCENES = 2_000


def main(arguments: list[str] | None = None) -> None:
    """Train and measure the models that the command line asks for."""
    options = _options(arguments)
    torch.set_num_threads(THREADS)
    for which in RECIPES if options.which == "both" else [options.which]:
        recipe = RECIPES[which]
        out = options.out / recipe.folder
        if not options.evaluate:
            _make(recipe, out, options)
        _measure(recipe, out, _held_out(options))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vitviewer.models.bundled.train")
    parser.add_argument("--out", type=Path, default=Path("resources/models"))
    parser.add_argument("--which", choices=[*RECIPES, "both"], default="both")
    parser.add_argument("--evaluate", action="store_true", help="train nothing")
    parser.add_argument("--work", type=Path, default=Path("build/demo"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def _held_out(options: argparse.Namespace) -> SceneStore:
    folder = options.work / "held-out"
    return draw_store(folder, HELD_OUT_SCENES, HELD_OUT, options.workers)


def _make(recipe: Recipe, out: Path, options: argparse.Namespace) -> None:
    """Train one model through all its stages and write its folder."""
    store = draw_store(options.work / "scenes", SCENES, 0, options.workers)
    torch.manual_seed(recipe.seed)
    learner = Learner(
        new_model(
            recipe.stages[0].patch,
            recipe.width,
            recipe.layers,
            recipe.heads,
            recipe.hidden,
        )
    )
    seconds = 0.0
    for number, stage in enumerate(recipe.stages):
        learner.model = refined(learner.model, stage.patch)
        kept = options.work / f"{recipe.folder}-{stage.name}.pt"
        if kept.exists():
            state = torch.load(kept, weights_only=True)
            learner.load_state_dict(state["learner"])
        else:
            state = _train(learner, store, recipe, number)
            torch.save(state, kept)
        seconds += state["seconds"]
    _save(learner.model, out, seconds)


def _train(
    learner: Learner, store: SceneStore, recipe: Recipe, number: int
) -> dict[str, Any]:
    began = time.monotonic()
    stage, seed = recipe.stages[number], recipe.seed + 1 + number
    train_stage(learner, store, stage, seed, recipe.dress, _log)
    return {"learner": learner.state_dict(), "seconds": time.monotonic() - began}


def _log(line: str) -> None:
    print(line, flush=True)


def _save(model: ViTForImageClassification, out: Path, seconds: float) -> None:
    """Write what ``from_pretrained`` reads, and how long training took."""
    model.config.training_minutes = max(1, round(seconds / 60))
    model.save_pretrained(out)
    processor = {
        "image_processor_type": "ViTImageProcessor",
        "do_resize": True,
        "size": {"height": TRAINING_SIZE, "width": TRAINING_SIZE},
        "resample": 2,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [MEAN] * 3,
        "image_std": [STD] * 3,
    }
    text = json.dumps(processor, indent=2) + "\n"
    (out / "preprocessor_config.json").write_text(text)


def _measure(recipe: Recipe, out: Path, store: SceneStore) -> None:
    """Measure one written model and write its card."""
    model = ViTForImageClassification.from_pretrained(out)
    if recipe.marked:
        card = shortcut_card(recipe, model, measure_shortcut(model, store))
    else:
        card = shapes_card(recipe, model, measure_shapes(model, store))
    (out / "README.md").write_text(card)
    _log(card)


if __name__ == "__main__":
    main()
