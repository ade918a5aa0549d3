"""Real attention: rows, rollout, trust and places, held to float64."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.conftest import photograph
from tests.real.model import N_HEADS, N_LAYERS
from vitviewer.api.model import Model
from vitviewer.capture import attention_function as capture
from vitviewer.methods.rollout import rollout
from vitviewer.queries import Direction, Fusion, Resolution
from vitviewer.trust import Verdict

LARGEST = 2e-5
"""How far a share of attention may be off after twelve layers in float32."""
LARGEST_OF_COLUMNS = 1e-4
"""A row's softmax makes good what the rounding of large logits leaves in a column."""
PHOTOGRAPHS = ("chelsea", "coffee", "astronaut", "rocket")
FUSE = {
    Fusion.MEAN: np.mean,
    Fusion.MAX: np.max,
    Fusion.MIN: np.min,
    Fusion.MEDIAN: np.median,
}


def tokens_of(n: int) -> list[int]:
    """Return the class token, the corners of a row, and some patches."""
    some = np.random.default_rng(n).choice(np.arange(2, n - 1), 5, replace=False)
    return [0, 1, n - 1, *map(int, some)]


def largest_difference(passed) -> float:
    """Compare some rows of all layers and heads with the reference, and columns."""
    return differences(passed.run.recording, passed.reference, passed.values)


def differences(recording, reference, values) -> float:
    tokens = tokens_of(recording.n_tokens)
    rows = torch.stack([recording.rows(token) for token in tokens], dim=2).numpy()
    columns = torch.stack([recording.columns(token) for token in tokens], dim=3).numpy()
    assert rows.shape == (N_LAYERS, N_HEADS, len(tokens), recording.n_tokens)
    assert columns.shape == (N_LAYERS, N_HEADS, recording.n_tokens, len(tokens))
    assert np.abs(rows[..., tokens] - columns[:, :, tokens]).max() < LARGEST_OF_COLUMNS
    off = np.abs(rows - reference.rows(values, tokens)).max()
    column_off = np.abs(columns - reference.columns(values, tokens)).max()
    assert column_off < LARGEST_OF_COLUMNS
    return float(off)


@pytest.mark.parametrize("name", ["chelsea", "rocket"])
def test_rows_of_the_trained_size(passes, name):
    assert passes(name).run.grid == (16, 16)
    assert largest_difference(passes(name)) < LARGEST


def test_rows_of_the_picture_s_own_shape(passes):
    passed = passes("rocket", Resolution.PICTURE)
    assert passed.run.grid == (13, 20)
    assert largest_difference(passed) < LARGEST


@pytest.mark.long
@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize("resolution", Resolution)
def test_rows_of_every_size(passes, name, resolution):
    assert largest_difference(passes(name, resolution)) < LARGEST


@pytest.mark.long
def test_rows_of_the_size_that_the_positions_are_of(passes, real):
    """At 518 no position is interpolated; here no pixel is either."""
    from tests.real.reference import MEAN, STD, normalised
    from vitviewer.inputs.preprocessor import build

    settings = {
        "image_processor_type": "BitImageProcessor",
        "do_resize": False,
        "do_center_crop": True,
        "crop_size": {"height": 518, "width": 518},
        "image_mean": list(MEAN),
        "image_std": list(STD),
    }
    pixels = photograph("retina")[400:918, 400:918]
    run = replace(real, preprocessor=build(settings, settings, (14, 14))).run(pixels)
    assert run.grid == (37, 37)
    reference = passes("chelsea").reference
    assert differences(run.recording, reference, normalised(pixels)) < LARGEST


def test_real_attention_is_what_random_weights_do_not_have(passes):
    """The tests above are worth what the attention is: peaked, and with sinks."""
    matrices = passes("chelsea").matrices
    assert matrices.max() > 0.99
    received = matrices.mean(axis=(1, 2))
    assert received.max() > 20 / received.shape[-1]


@pytest.mark.parametrize(
    "name", ["chelsea", pytest.param("rocket", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("fusion", FUSE)
def test_rollout_is_the_product_of_whole_matrices(passes, name, fusion):
    passed = passes(name)
    fused = FUSE[fusion](passed.matrices, axis=1)
    n = fused.shape[-1]
    product, products = np.eye(n), []
    for attention in fused:
        matrix = attention + np.eye(n)
        product = matrix / matrix.sum(axis=-1, keepdims=True) @ product
        products.append(product)
    whole = np.stack(products)
    for query in (0, 120):
        weights = torch.nn.functional.one_hot(torch.tensor(query), n).float()
        recording = passed.run.recording
        rows = rollout(recording, weights, fusion, Direction.FROM)
        columns = rollout(recording, weights, fusion, Direction.TO)
        np.testing.assert_allclose(rows, whole[:, query], atol=LARGEST)
        np.testing.assert_allclose(columns, whole[:, :, query], atol=LARGEST)


def not_green(model: Model) -> dict[str, Verdict]:
    checks = model.record(photograph("coffee")).checks
    return {c.name: c.verdict for c in checks if c.verdict is not Verdict.GREEN}


def test_what_is_recorded_is_trusted(real):
    # Its folder's processor makes other sizes than the config's, as DINOv2's all do.
    assert not_green(Model(real)).keys() <= {"Preparation"}


@pytest.mark.parametrize(
    "disturbed",
    [
        lambda layer: replace(layer, scale=layer.scale * 1.01),
        lambda layer: replace(layer, query=_changed(layer.query, 3)),
        lambda layer: replace(layer, key=_changed(layer.key, 0)),
        lambda layer: replace(layer, key=layer.key.roll(1, dims=1)),
    ],
    ids=["scale", "one head's queries", "one head's keys", "keys in another place"],
)
@pytest.mark.parametrize(
    "number",
    [7, *(pytest.param(n, marks=pytest.mark.long) for n in (0, 11))],
)
def test_a_disturbed_recording_is_red(real, monkeypatch, disturbed, number):
    made, calls = capture.product_layer, []

    def disturb(*words, **options):
        layer = made(*words, **options)
        calls.append(layer)
        return disturbed(layer) if len(calls) == number + 1 else layer

    monkeypatch.setattr(capture, "product_layer", disturb)
    found = not_green(Model(real))
    assert len(calls) == N_LAYERS
    assert found["Attention × V"] is Verdict.RED


def _changed(tensor: torch.Tensor, head: int) -> torch.Tensor:
    """Return q or k, (heads, tokens, width), with one number of a head off for all."""
    changed = tensor.clone()
    changed[head] *= 1.05
    return changed


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize(
    "name", ["chelsea", pytest.param("rocket", marks=pytest.mark.long)]
)
def test_a_patch_is_where_its_pixels_are(real, passes, name, resolution):
    """Only the patch, and what resampling blurs it into, feels its pixels change."""
    pixels, preprocessor = photograph(name), real.preprocessor.at(resolution)
    values, geometry = preprocessor.prepare(pixels)
    embedded = passes("chelsea").reference.patches
    before = embedded(values[0].numpy())
    rows, cols = before.shape[:2]
    assert (rows, cols) == (geometry.rows, geometry.cols)
    edges = [(0, 0), (0, cols - 1), (rows - 1, 0), (rows - 1, cols - 1)]
    rng = np.random.default_rng(3)
    for row, col in [*edges, *rng.integers(0, (rows, cols), (8, 2))]:
        x, y, width, height = geometry.patch_rect(row, col)
        assert geometry.patch_at(x + width / 2, y + height / 2) == (row, col)
        erased = pixels.copy()
        down = slice(max(round(y), 0), round(y + height))
        across = slice(max(round(x), 0), round(x + width))
        erased[down, across] = 255 - erased[down, across]
        after = embedded(preprocessor.prepare(erased)[0][0].numpy())
        change = np.abs(after - before).max(axis=-1)
        assert np.unravel_index(change.argmax(), change.shape) == (row, col)
        change[max(row - 1, 0) : row + 2, max(col - 1, 0) : col + 2] = 0
        assert change.max() == 0
