"""The training loop of the demo models: plain PyTorch around a transformers ViT."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ViTConfig, ViTForImageClassification

from vitviewer.models.bundled.scenes import TRAINING_SIZE
from vitviewer.models.bundled.shapes import SHAPES
from vitviewer.models.bundled.store import NOTHING, Batch, SceneStore

MEAN = 0.25
STD = 0.25
"""Pixel values (0 to 1) are normalised by these, the same for all channels."""

_LOG_EVERY = 50


@dataclass(frozen=True)
class Stage:
    """One stretch of training under one learning rate cycle.

    Attributes
    ----------
    name : str
        Names the stage in the log and its checkpoint.
    patch : int
        Side of a patch in pixels.
    pictures : int
        How many pictures are learnt from, repeats included.
    rate : float
        Highest learning rate; reached after a short warm-up, then cosine to zero.
    kept : float
        Share of the patch tokens that each step sees. Dropping some at random
        makes a step cheaper and the answer robust.
    patch_loss : float
        Weight of the loss on every patch token.
    batch : int
        Pictures in a step.
    """

    name: str
    patch: int
    pictures: int
    rate: float
    kept: float = 1.0
    patch_loss: float = 1.0
    batch: int = 64


class Learner(nn.Module):
    """A classifier with a second head, dropped afterwards, for the patch tokens.

    Class labels alone do not get so small a transformer started; asking each
    patch token which object covers its patch does.
    """

    def __init__(self, model: ViTForImageClassification) -> None:
        super().__init__()
        self.model = model
        self.patch_head = nn.Linear(model.config.hidden_size, len(SHAPES) + 1)

    def forward(self, pixels: Tensor, kept: float) -> tuple[Tensor, Tensor, Tensor]:
        """Return class logits, patch logits, and the patches those are of."""
        vit = self.model.vit
        tokens = vit.embeddings(pixels)
        patches = tokens.shape[1] - 1
        # One draw for the batch: gathering rows is then a plain slice.
        chosen = torch.randperm(patches)[: round(kept * patches)].sort().values
        tokens = torch.cat([tokens[:, :1], tokens[:, 1 + chosen]], dim=1)
        for layer in vit.layers:
            tokens = layer(tokens, None)
        tokens = vit.layernorm(tokens)
        return (
            self.model.classifier(tokens[:, 0]),
            self.patch_head(tokens[:, 1:]),
            chosen,
        )


def new_model(
    patch: int, width: int, layers: int, heads: int, hidden: int
) -> ViTForImageClassification:
    """Make an untrained classifier of the ten shapes."""
    names = dict(enumerate(SHAPES))
    config = ViTConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=hidden,
        image_size=TRAINING_SIZE,
        patch_size=patch,
        id2label=names,
        label2id={name: label for label, name in names.items()},
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return ViTForImageClassification(config)


def refined(model: ViTForImageClassification, patch: int) -> ViTForImageClassification:
    """Return the same model on patches whose side is a whole fraction of the old.

    A new patch's embedding is what the old one gave for the new patch blown up
    to the old patch's size; position embeddings are interpolated.
    """
    config = model.config.to_dict()
    factor = config["patch_size"] // patch
    if factor == 1:
        return model
    finer = ViTForImageClassification(ViTConfig(**config | {"patch_size": patch}))
    state = model.state_dict()
    kernel = "vit.embeddings.patch_embeddings.projection.weight"
    state[kernel] = functional.avg_pool2d(state[kernel], factor) * factor**2
    positions = "vit.embeddings.position_embeddings"
    state[positions] = _interpolated(state[positions], factor)
    finer.load_state_dict(state)
    return finer


def _interpolated(positions: Tensor, factor: int) -> Tensor:
    grid = math.isqrt(positions.shape[1] - 1)
    plane = positions[:, 1:].transpose(1, 2).reshape(1, -1, grid, grid)
    finer = functional.interpolate(plane, scale_factor=factor, mode="bicubic")
    return torch.cat([positions[:, :1], finer.flatten(2).transpose(1, 2)], dim=1)


def train_stage(
    learner: Learner,
    store: SceneStore,
    stage: Stage,
    seed: int,
    dress: Callable[[np.random.Generator, Batch], Batch],
    log: Callable[[str], None],
) -> None:
    """Train in place.

    Parameters
    ----------
    learner : Learner
        Model to train; its patch size is the stage's.
    store : SceneStore
        Scenes to learn from.
    stage : Stage
        What to do.
    seed : int
        Seed of the order, the augmentation and the dropped tokens.
    dress : callable
        Last change to each batch (the shortcut model's marks).
    log : callable
        Takes a line of progress.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    steps = math.ceil(stage.pictures / stage.batch)
    optimiser = torch.optim.AdamW(
        learner.parameters(), stage.rate, weight_decay=0.05, betas=(0.9, 0.98)
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, stage.rate, total_steps=steps, pct_start=0.1
    )
    learner.train()
    began, right = time.monotonic(), 0.0
    for step in range(1, steps + 1):
        rows = rng.integers(0, len(store), stage.batch)
        batch = dress(rng, store.augmented(rng, rows))
        loss, hit = _losses(learner, batch, stage)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        right += hit
        if step % _LOG_EVERY == 0 or step == steps:
            speed = step * stage.batch / (time.monotonic() - began)
            share = right / ((step - 1) % _LOG_EVERY + 1)
            log(
                f"{stage.name} {step}/{steps} loss {loss.item():.3f} "
                f"right {share:.1%} {speed:.0f} pictures/s"
            )
            right = 0.0


def _losses(learner: Learner, batch: Batch, stage: Stage) -> tuple[Tensor, float]:
    """Return the loss of one batch, and the share of pictures it had right."""
    labels = torch.from_numpy(batch.labels)
    logits, patch_logits, chosen = learner(as_pixels(batch.pictures), stage.kept)
    loss = functional.cross_entropy(logits, labels)
    if stage.patch_loss:
        targets = _patch_targets(batch, stage.patch)[:, chosen]
        patch_loss = functional.cross_entropy(
            patch_logits.flatten(0, 1), targets.flatten(0, 1)
        )
        loss = loss + stage.patch_loss * patch_loss
    return loss, float((logits.argmax(1) == labels).float().mean())


def as_pixels(pictures: np.ndarray) -> Tensor:
    """Normalise pictures (batch, size, size, 3) as the image processor does."""
    pixels = torch.from_numpy(np.array(pictures)).permute(0, 3, 1, 2)
    return (pixels.float() / 255 - MEAN) / STD


def _patch_targets(batch: Batch, patch: int) -> Tensor:
    """Share of every patch that each class covers, (batch, patches, classes + 1)."""
    classes = torch.from_numpy(np.ascontiguousarray(batch.classes)).long()
    planes = functional.one_hot(classes, NOTHING + 1).permute(0, 3, 1, 2).float()
    return functional.avg_pool2d(planes, patch).flatten(2).transpose(1, 2)
