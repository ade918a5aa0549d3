"""Every family's patches lie where the geometry says, through its own processor.

A spot of the picture is changed; the token whose query changes most in the first layer,
before any token has looked at another, must be the patch that the geometry has there.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.zoo import ZOO, breed
from vitviewer.capture.product_layer import ProductLayer
from vitviewer.models.loading import load
from vitviewer.queries import Resolution

PICTURE = np.full((61, 83, 3), 120, np.uint8)
SPOT = 2


@pytest.fixture(scope="module", params=ZOO)
def model(request, tmp_path_factory):
    return load(str(breed(tmp_path_factory.mktemp("model"), request.param)), "cpu")


def first_tokens(model, picture, resolution):
    """Return (tokens, width) before tokens have mixed, with the run."""
    seen = []

    def note(_module, inputs, kwargs):
        seen.append(inputs[0] if inputs else kwargs["hidden_states"])

    if isinstance(model.run(picture).recording.layers[0], ProductLayer):
        run = model.run(picture, resolution=resolution)
        return run, run.recording.layers[0].query.transpose(0, 1).flatten(1)
    first = next(
        m
        for n, m in model.module.named_modules()
        if n.endswith(("layers.0", "layer.0"))
    )
    hook = first.register_forward_pre_hook(note, with_kwargs=True)
    run = model.run(picture, resolution=resolution)
    hook.remove()
    return run, seen[0][0]


@pytest.mark.parametrize("resolution", [Resolution.TRAINED, Resolution.PICTURE])
def test_a_changed_spot_changes_the_patch_that_lies_there(model, resolution):
    if resolution not in model.facts.resolutions:
        resolution = Resolution.TRAINED
    run, before = first_tokens(model, PICTURE, resolution)
    geometry, tokens = run.geometry, run.tokens
    x0, y0, x1, y1 = geometry.seen
    for row in range(tokens.rows):
        for col in range(tokens.cols):
            x, y, width, height = geometry.patch_rect(row, col)
            if y >= y1 or x >= x1:
                continue  # padding, where there is no picture
            cx = (max(x, x0) + min(x + width, x1)) / 2
            cy = (max(y, y0) + min(y + height, y1)) / 2
            picture = PICTURE.copy()
            left, top = int(cx) - SPOT // 2, int(cy) - SPOT // 2
            picture[max(top, 0) : top + SPOT, max(left, 0) : left + SPOT] = (255, 0, 40)
            _, after = first_tokens(model, picture, resolution)
            change = torch.linalg.vector_norm(after - before, dim=1)
            assert int(change.argmax()) == tokens.patch_index(row, col), (row, col)
            assert geometry.patch_at(cx, cy) == (row, col)
