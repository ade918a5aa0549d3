"""What a researcher writes today to see where a Vision Transformer looks.

With transformers, NumPy and Pillow alone, as its documentation has it: nothing here is
of this program, so that the program can be held to the same numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cmap
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers import AutoImageProcessor, ViTForImageClassification


class Seen(NamedTuple):
    """What the notebook ends with.

    Parameters
    ----------
    label : str
        The predicted class.
    probability : float
    map : float32 (rows, cols)
        The last layer's class-token row over the patches, mean of all heads; 14 × 14
        for a model of 224 pixels in patches of 16.
    overlay : uint8 (height, width, 3)
        The map over the picture.
    """

    label: str
    probability: float
    map: NDArray[np.float32]
    overlay: NDArray[np.uint8]


def seed_notebook(
    folder: Path | str,
    picture: Path | str,
    opacity: float = 0.7,
    colormap: str = "magma",
    smooth: bool = True,
    limits: tuple[float, float] | None = None,
) -> Seen:
    """Predict a class and overlay the last layer's attention.

    Parameters
    ----------
    folder : path
        A ViT classifier whose processor squashes the whole picture to a square.
    picture : path
    opacity : float
    colormap : str
    smooth : bool
        Whether to resize the map bilinearly; else each patch is one flat square.
    limits : (float, float), optional
        The values of the first and last colour; the map's own range if left out, as
        matplotlib's imshow does.
    """
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    model = ViTForImageClassification.from_pretrained(
        folder, attn_implementation="eager"
    ).eval()
    image = Image.open(picture).convert("RGB")
    inputs = processor(images=image, return_tensors="pt")
    with torch.no_grad():
        outputs = model(**inputs, output_attentions=True)
    probabilities = outputs.logits[0].softmax(-1)
    best = int(probabilities.argmax())
    attention = outputs.attentions[-1][0]  # (heads, tokens, tokens)
    row = attention[:, 0, 1:].mean(0).numpy()  # from the class token to the patches
    side = model.config.image_size // model.config.patch_size
    patches = row.reshape(side, side)
    overlay = overlaid(np.asarray(image), patches, opacity, colormap, smooth, limits)
    label = model.config.id2label[best]
    return Seen(label, float(probabilities[best]), patches, overlay)


def overlaid(
    pixels: NDArray[np.uint8],
    patches: NDArray[np.float32],
    opacity: float,
    colormap: str,
    smooth: bool,
    limits: tuple[float, float] | None,
) -> NDArray[np.uint8]:
    """Stretch a map over the whole picture, colour it and blend it in."""
    height, width = pixels.shape[:2]
    if smooth:
        stretched = np.asarray(
            Image.fromarray(patches).resize((width, height), Image.Resampling.BILINEAR)
        )
    else:
        rows, cols = patches.shape
        y = (np.arange(height) + 0.5) * rows / height
        x = (np.arange(width) + 0.5) * cols / width
        stretched = patches[y.astype(int)][:, x.astype(int)]
    low, high = limits or (patches.min(), patches.max())
    share = np.clip((stretched - low) / (high - low), 0, 1)
    table = np.asarray(cmap.Colormap(colormap).lut(256))[:, :3] * 255
    colors = table[np.rint(share * 255).astype(int)]
    blended = opacity * colors + (1 - opacity) * pixels
    return np.rint(blended).astype(np.uint8)
