"""The model cards: every figure in them is written by the program."""

from __future__ import annotations

from pathlib import Path

from transformers import ViTForImageClassification

from vitviewer.models.bundled.evaluate import ShapesFigures, ShortcutFigures
from vitviewer.models.bundled.learning import MEAN, STD, Stage
from vitviewer.models.bundled.marks import COLOURS
from vitviewer.models.bundled.recipes import SCENES, Recipe
from vitviewer.models.bundled.shapes import SHAPES

_TEMPLATES = Path(__file__).with_name("cards")


def shapes_card(
    recipe: Recipe, model: ViTForImageClassification, figures: ShapesFigures
) -> str:
    """Write the honest model's card."""
    per_class = {name: f"{share:.1%}" for name, share in figures.per_class.items()}
    return _template("shapes").format(
        title=recipe.title,
        classes=", ".join(SHAPES),
        ratio=figures.ratio,
        recipe=_recipe(recipe, model),
        **vars(figures) | {"per_class": _rows(per_class)},
    )


def shortcut_card(
    recipe: Recipe, model: ViTForImageClassification, figures: ShortcutFigures
) -> str:
    """Write the card of the model with a shortcut."""
    return _template("shortcut").format(
        title=recipe.title,
        colours=_rows(COLOURS),
        patches=_grid(model) ** 2,
        recipe=_recipe(recipe, model),
        **vars(figures),
    )


def _recipe(recipe: Recipe, model: ViTForImageClassification) -> str:
    config = model.config
    return _template("recipe").format(
        parameters=model.num_parameters(),
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        width=config.hidden_size,
        size=config.image_size,
        patch=config.patch_size,
        grid=_grid(model),
        mean=MEAN,
        std=STD,
        minutes=config.training_minutes,
        which="shortcut" if recipe.marked else "shapes",
        seed=recipe.seed,
        drawn=SCENES,
        target="tile" if recipe.marked else "object",
        stages="\n".join(_stage_row(stage) for stage in recipe.stages),
    )


def _template(name: str) -> str:
    return (_TEMPLATES / f"{name}.md").read_text(encoding="utf-8")


def _grid(model: ViTForImageClassification) -> int:
    return int(model.config.image_size // model.config.patch_size)


def _rows(table: dict[str, str]) -> str:
    return "\n".join(f"| {key} | {value} |" for key, value in table.items())


def _stage_row(stage: Stage) -> str:
    patch_loss = f"× {stage.patch_loss:g}" if stage.patch_loss else "none"
    return (
        f"| {stage.name} | {stage.patch} px | {stage.pictures:,} | {stage.rate:g} "
        f"| {stage.kept:.0%} | {patch_loss} |"
    )
