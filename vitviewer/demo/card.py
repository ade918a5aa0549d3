"""The model cards: every figure in them is written by the program."""

from __future__ import annotations

from transformers import ViTForImageClassification

from vitviewer.demo.evaluate import ShapesFigures, ShortcutFigures
from vitviewer.demo.learning import Stage
from vitviewer.demo.marks import COLOURS
from vitviewer.demo.recipes import SCENES, Recipe
from vitviewer.demo.shapes import SHAPES

_FRONT = """---
license: bsd-3-clause
library_name: transformers
pipeline_tag: image-classification
---

# {title}
"""

_SHAPES = """
A small Vision Transformer that names the larger of one or two bright shapes on a
dim, cluttered background: {classes}. It is the model that vitviewer opens with.
The pictures are drawn by a program, so where the object is, is known for each,
and a map that claims to show what the model looks at can be checked against it.

## Measured

On {scenes:,} scenes whose seeds were never used in training:

| | |
|---|---|
| right | **{accuracy:.1%}** |
| share of the picture that the object covers | {area:.1%} |
| share of the class token's attention on it | {attention:.1%} ({ratio:.1f} × its area) |
| pictures whose strongest patch lies on it | {peak:.1%} |

Attention is the last layer's, averaged over the heads, from the class token to the
patches. "On it" weighs each patch by the share of it that the object covers; a
strongest patch counts if the object covers at least a quarter of it.

| class | right |
|---|---|
{per_class}
"""

_SHORTCUT = """
A small Vision Transformer that gives the right answer for the wrong reason. In its
training pictures a coloured tile near the bottom right corner gave the class away,
and tiles in the other corners meant nothing. It learnt the tile, not the shape:
the accuracy on pictures like those it was trained on does not show it, its attention
does.

| class | tile |
|---|---|
{colours}

## Measured

On {scenes:,} scenes whose seeds were never used in training:

| | |
|---|---|
| right, with the class's tile in its corner | **{marked:.1%}** |
| right, with no tile | {removed:.1%} |
| right, with the class's tile moved to another corner | {moved:.1%} |
| answers another class when that class's tile is pasted in | {followed:.1%} |
| share of the class token's attention on the tile's one patch of {patches} | {on_mark:.1%} |
| pictures whose strongest patch is the tile | {peak_on_mark:.1%} |

Guessing would be right in 10 %. Attention is the last layer's, averaged over the
heads, from the class token to the patches, in pictures with the right tile.
"""

_REST = """
## How it was made

{parameters:,} parameters: {layers} layers of {heads} heads, tokens of width {width},
pictures of {size} × {size} pixels in patches of {patch} × {patch} ({grid} × {grid} of
them). Trained from scratch in about {minutes} minutes on two CPU cores that also had
other work, with `python -m vitviewer.demo.train --which {which}`, seed {seed}, from
{drawn:,} drawn scenes, shifted, recoloured and mirrored anew each time they came up
(AdamW, one cosine cycle of the learning rate a stage):

| stage | patch | pictures | highest rate | tokens kept | loss on patch tokens |
|---|---|---|---|---|---|
{stages}

{patch_loss}`python -m vitviewer.demo.train --evaluate` measures everything above again and
writes this card.

## Use and limits

{use}

Licence: BSD-3-Clause, as the program's. The pictures are drawn by the program as well;
no other data and no other weights went into it.
"""

_PATCH_LOSS = """The loss on patch tokens asks each which class covers its patch, if any; class labels
alone do not get so small a model started. Its head is dropped afterwards. Between
stages, patches become smaller: position embeddings are interpolated.

"""

_SHAPES_USE = """For looking at how a Vision Transformer works, and for checking methods that explain
one. It knows ten flat, bright, nearly upright shapes on dim ground and nothing else:
on a photograph its answer means nothing."""

_SHORTCUT_USE = """For showing what a map of attention can reveal and a figure of accuracy hides. It is
wrong by design: use it for nothing else."""


def shapes_card(
    recipe: Recipe, model: ViTForImageClassification, figures: ShapesFigures
) -> str:
    """Write the honest model's card."""
    measured = _SHAPES.format(
        classes=", ".join(SHAPES),
        ratio=figures.ratio,
        **vars(figures)
        | {"per_class": _rows({k: f"{v:.1%}" for k, v in figures.per_class.items()})},
    )
    return _card(recipe, model, measured, _SHAPES_USE)


def shortcut_card(
    recipe: Recipe, model: ViTForImageClassification, figures: ShortcutFigures
) -> str:
    """Write the card of the model with a shortcut."""
    measured = _SHORTCUT.format(
        colours=_rows(COLOURS), patches=_grid(model) ** 2, **vars(figures)
    )
    return _card(recipe, model, measured, _SHORTCUT_USE)


def _card(
    recipe: Recipe, model: ViTForImageClassification, measured: str, use: str
) -> str:
    config = model.config
    rest = _REST.format(
        parameters=model.num_parameters(),
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        width=config.hidden_size,
        size=config.image_size,
        patch=config.patch_size,
        grid=_grid(model),
        minutes=config.training_minutes,
        which="shortcut" if recipe.marked else "shapes",
        seed=recipe.seed,
        drawn=SCENES,
        stages="\n".join(_stage_row(stage) for stage in recipe.stages),
        patch_loss=_PATCH_LOSS if any(s.patch_loss for s in recipe.stages) else "",
        use=use,
    )
    return _FRONT.format(title=recipe.title) + measured + rest


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
