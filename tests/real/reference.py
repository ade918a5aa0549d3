"""DINOv2-small by its definition: NumPy in float64, from the numbers in the file.

Nothing of transformers and nothing of ours is in it (Oquab et al. 2023,
arXiv:2304.07193; Dosovitskiy et al. 2021, arXiv:2010.11929). torch interpolates the
positions, as that is what those of another size are defined by.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from scipy.special import erf

from tests.real.model import N_HEADS, N_LAYERS, PATCH, WIDTH

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


class Reference:
    """The encoder of a folder that `tests.real.model` wrote."""

    def __init__(self, folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        self._weights = {
            name: part.astype(np.float64) for name, part in tensors.items()
        }

    def columns(self, values: np.ndarray, tokens: list[int]) -> np.ndarray:
        """Return how much all look at some tokens, (layers, heads, queries, tokens)."""
        return self.rows(values, slice(None), tokens)

    def rows(
        self,
        values: np.ndarray,
        tokens: list[int] | slice,
        keys: list[int] | slice = slice(None),
    ) -> np.ndarray:
        """Return where some tokens look, (layers, heads, tokens, keys).

        Parameters
        ----------
        values : (3, height, width)
            The picture as it goes in, normalised.
        tokens : list of int or slice
            0 is the class token, then the patches row by row.
        keys : list of int or slice
            At which tokens.
        """
        return np.stack(
            [
                softmax_rows(query[:, tokens], key)[..., keys]
                for query, key, _ in self._layers(values)
            ]
        )

    def features(self, values: np.ndarray) -> np.ndarray:
        """Return what a classifier reads: class token, mean of the patches."""
        *_, (_, _, x) = self._layers(values)
        x = _normal(x, *self._part("layernorm"))
        return np.concatenate([x[0], x[1:].mean(axis=0)])

    def _layers(
        self, values: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Go through the layers: queries and keys of the heads, what comes out."""
        x = self._embedded(values)
        for number in range(N_LAYERS):
            part = partial(self._part, f"encoder.layer.{number}")
            normal = _normal(x, *part("norm1"))
            query, key, value = (
                _heads(_linear(normal, *part(f"attention.attention.{name}")))
                for name in ("query", "key", "value")
            )
            # A head at a time: only what is asked for is kept of the N × N numbers.
            mixed = [
                softmax_rows(q, k) @ v
                for q, k, v in zip(query, key, value, strict=True)
            ]
            mixed = _linear(np.hstack(mixed), *part("attention.output.dense"))
            x = (
                x
                + mixed * self._weights[f"encoder.layer.{number}.layer_scale1.lambda1"]
            )
            hidden = _gelu(_linear(_normal(x, *part("norm2")), *part("mlp.fc1")))
            hidden = _linear(hidden, *part("mlp.fc2"))
            x = (
                x
                + hidden * self._weights[f"encoder.layer.{number}.layer_scale2.lambda1"]
            )
            yield query, key, x

    def matrices(self, values: np.ndarray) -> np.ndarray:
        """Return all attention, (layers, heads, queries, keys)."""
        return self.rows(values, slice(None))

    def patches(self, values: np.ndarray) -> np.ndarray:
        """Return each patch's embedding without its position, (rows, cols, width)."""
        channels, height, width = values.shape
        rows, cols = height // PATCH, width // PATCH
        whole = values[:, : rows * PATCH, : cols * PATCH].astype(np.float64)
        cut = whole.reshape(channels, rows, PATCH, cols, PATCH).transpose(1, 3, 0, 2, 4)
        weight, bias = self._part("embeddings.patch_embeddings", "projection")
        return _linear(cut.reshape(rows, cols, -1), weight.reshape(WIDTH, -1), bias)

    def _embedded(self, values: np.ndarray) -> np.ndarray:
        patches = self.patches(values)
        rows, cols, _ = patches.shape
        places = self._weights["embeddings.position_embeddings"][0]
        tokens = patches.reshape(-1, WIDTH) + _resized(places[1:], rows, cols)
        first = self._weights["embeddings.cls_token"][0] + places[:1]
        return np.concatenate([first, tokens])

    def _part(self, *where: str) -> tuple[np.ndarray, np.ndarray]:
        return tuple(
            self._weights[".".join([*where, end])] for end in ("weight", "bias")
        )


def normalised(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 (height, width, 3) as what goes in, float64 (3, height, width)."""
    return ((pixels / 255.0 - MEAN) / STD).transpose(2, 0, 1)


def softmax_rows(query: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Return softmax(q · kᵀ / √width) over keys, (…, queries, keys)."""
    logits = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _heads(projected: np.ndarray) -> np.ndarray:
    return projected.reshape(len(projected), N_HEADS, -1).swapaxes(0, 1)


def _linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return x @ weight.T + bias


def _normal(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return centred / np.sqrt(variance + 1e-6) * weight + bias


def _gelu(x: np.ndarray) -> np.ndarray:
    return x * (1 + erf(x / np.sqrt(2))) / 2


def _resized(places: np.ndarray, rows: int, cols: int) -> np.ndarray:
    """Return the patches' positions for another grid, (rows · cols, width)."""
    side = round(len(places) ** 0.5)
    grid = torch.from_numpy(places).reshape(1, side, side, -1).permute(0, 3, 1, 2)
    resized = torch.nn.functional.interpolate(
        grid, (rows, cols), mode="bicubic", align_corners=False
    )
    return resized[0].permute(1, 2, 0).reshape(rows * cols, -1).numpy()
