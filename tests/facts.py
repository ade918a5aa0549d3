"""Made-up answers of an engine, for what needs no model."""

from __future__ import annotations

from typing import Any

import numpy as np

from vitviewer.answers import Answer, Explanation, Heads, Layers, ModelFacts
from vitviewer.geometry import Geometry
from vitviewer.queries import CLASS_QUERY, Query, Request
from vitviewer.tokens import TokenLayout

N_LAYERS, N_HEADS = 3, 4
TOKENS = TokenLayout.of_grid(("class", "register 1"), rows=2, cols=3)


def facts(**changes: Any) -> ModelFacts:
    """Return the facts of a made-up model, with changes."""
    known: dict[str, Any] = {
        "name": "Made up",
        "source": "nowhere",
        "family": "ViT",
        "n_layers": N_LAYERS,
        "n_heads": N_HEADS,
        "n_parameters": 1,
        "patch_size": (16, 16),
        "input_size": (48, 32),
        "special_tokens": TOKENS.special,
        "labels": ("cat", "dog"),
        "multi_label": False,
        "processor": "squash to 48×32",
        "dtype": "float32",
        "device": "cpu",
        "capture": "attention function",
    }
    return ModelFacts(**{**known, **changes})


def explanation(**changes: Any) -> Explanation:
    """Return an explanation of a grey picture with random attention."""
    random = np.random.default_rng(3)
    values = random.random((N_LAYERS, N_HEADS, TOKENS.n_tokens), dtype=np.float32)
    values /= values.sum(axis=-1, keepdims=True)
    known: dict[str, Any] = {
        "model": facts(),
        "geometry": Geometry((96, 64), (48, 32), (0, 0), (48, 32), (16, 16)),
        "tokens": TOKENS,
        "rows": Answer(Request(), values, TOKENS.n_tokens),
        "input_pixels": np.full((32, 48, 3), 127, np.uint8),
        "logits": np.array([1.0, -1.0], np.float32),
        "seconds": 0.1,
    }
    return Explanation(**{**known, **changes})


def rolled(values: np.ndarray, query: Query = CLASS_QUERY) -> Answer:
    """Return a rollout of these values, float32 (layers, tokens)."""
    request = Request("rollout", query)
    n_keys = values.shape[-1]
    return Answer(request, values[:, None], n_keys, Layers.UP_TO, Heads.FUSED)
