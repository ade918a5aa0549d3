"""What is exported of real attention is what float64 says."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.conftest import photograph
from tests.real.test_attention import LARGEST
from vitviewer.cli.main import main

SIDE = 16
PLAIN = (
    *("--preset", "notebook"),
    *("--colormap", "matlab:gray"),
    *("--opacity", "1"),
    *("--interpolation", "nearest"),
)
"""Nothing but the map, in shades of grey."""


@pytest.fixture
def export(real_folder, tmp_path):
    """Run `vitviewer export` on the cat and return the file that it wrote."""

    def run(*words: str):
        picture = tmp_path / "cat.png"
        Image.fromarray(photograph("chelsea")).save(picture)
        out = tmp_path / "out"
        given = ["--model", str(real_folder), "--device", "cpu", "--out", str(out)]
        assert main(["export", str(picture), *given, *words]) == 0
        (file,) = out.iterdir()
        return file

    return run


def place(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each pixel's (row, column) in patches; -1 outside, or between two.

    The shorter side becomes 256 pixels, the middle 224 of which are 16 patches.
    """
    places = []
    for length in pixels.shape[:2]:
        resized = length * 256 // min(pixels.shape[:2])
        at = (np.arange(length) + 0.5) * resized / length - (resized - 224) // 2
        patch = np.floor(at / 14)
        is_between = np.abs(at / 14 - np.rint(at / 14)) < 1e-9
        outside = (patch < 0) | (patch >= SIDE) | is_between
        places.append(np.where(outside, -1, patch).astype(int))
    return tuple(places)


def largest_difference(shown: np.ndarray, weights: np.ndarray) -> float:
    """Return by how many levels a picture is off the map in grey, least to most."""
    grey = 255 * (weights - weights.min()) / np.ptp(weights)
    rows, cols = place(shown)
    down, across = np.flatnonzero(rows >= 0), np.flatnonzero(cols >= 0)
    assert min(len(down), len(across)) > 0.9 * 224 / 256 * min(shown.shape[:2])
    expected = grey.reshape(SIDE, SIDE)[np.ix_(rows[down], cols[across])]
    seen = shown[np.ix_(down, across)].astype(float)
    return float(np.abs(seen - expected[..., None]).max())


def test_npz_holds_every_layer_and_head(export, passes):
    with np.load(export("--format", "npz", "--layer", "all", "--head", "all")) as file:
        maps, prefix, affine = file["maps"], file["prefix"], file["affine"]
    truth = passes("chelsea").matrices[:, :, 0]
    patches = truth[..., 1:].reshape(*truth.shape[:2], SIDE, SIDE)
    np.testing.assert_allclose(maps, patches, atol=LARGEST)
    np.testing.assert_allclose(prefix, truth[..., :1], atol=LARGEST)
    rows, cols = place(photograph("chelsea"))
    corners = affine @ [[0, SIDE], [0, SIDE], [1, 1]]
    for edges, places in zip(corners, (cols, rows), strict=True):
        seen = np.flatnonzero(places >= 0)
        np.testing.assert_allclose(edges, (seen[0], seen[-1] + 1), atol=0.5)


@pytest.mark.parametrize(("query", "token"), [("cls", 0), ("3,11", 1 + 3 * SIDE + 11)])
def test_png_shows_the_map_where_its_patches_are(export, passes, query, token):
    file = export("--query", query, "--layer", "12", "--head", "1", *PLAIN)
    with Image.open(file) as image:
        shown = np.asarray(image)
    weights = passes("chelsea").matrices[11, 0, token, 1:]
    assert largest_difference(shown, weights) <= 1


def test_png_of_a_rollout(export, passes):
    with Image.open(export("--method", "rollout", *PLAIN)) as image:
        shown = np.asarray(image)
    product = np.eye(1 + SIDE**2)
    for attention in passes("chelsea").matrices.mean(axis=1):
        product = (attention + np.eye(len(product))) / 2 @ product
    assert largest_difference(shown, product[0, 1:]) <= 1
