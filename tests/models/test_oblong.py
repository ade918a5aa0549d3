"""Grids and patches that are not square: the trained size alone, or what must be.

The oracle is symmetry: of a picture of one colour, with positions that tell rows apart
and not columns, every map is the same along each row.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import transformers

from tests.model_factory import IMAGENET, SMALL
from tests.zoo import ZOO, peak
from vitviewer.errors import ModelError
from vitviewer.models.loading import load
from vitviewer.queries import Resolution
from vitviewer.trust import Verdict

GREY = np.full((60, 90, 3), 90, np.uint8)
SHAPES = {
    "2 x 8": {"image_size": [32, 128], "patch_size": 16},
    "2 x 6": {"image_size": [16, 48], "patch_size": 8},
    "6 x 2": {"image_size": [48, 16], "patch_size": 8},
    "patches of 8 x 16": {"image_size": [32, 64], "patch_size": [8, 16]},
}
TRAINED = (Resolution.TRAINED,)


def oblong(folder, species, shape, **processor):
    """Save a model of a shape, its positions those of their row alone."""
    kind = ZOO[species]
    architecture = getattr(transformers, kind.architecture)
    torch.manual_seed(0)
    made = architecture(architecture.config_class(**{**SMALL, **kind.config, **shape}))
    peak(made)
    height, width = shape["image_size"]
    patch = shape["patch_size"]
    down, across = patch if isinstance(patch, list) else (patch, patch)
    rows, cols = height // down, width // across
    for name, table in made.named_parameters():
        if "position_embeddings" in name:  # YOLOS has one of all later layers as well
            first = {"I-JEPA": 0, "DeiT": 2}.get(species, 1)
            grid = torch.randn(*table.shape[:-2], rows, 1, table.shape[-1])
            alike = grid.expand(*table.shape[:-2], rows, cols, -1).flatten(-3, -2)
            table.data[..., first : first + rows * cols, :] = alike
    made.save_pretrained(folder)
    size = {"height": height, "width": width}
    usual = {name: kind.processor.get(name, mean) for name, mean in IMAGENET.items()}
    settings = {"image_processor_type": "ViTImageProcessor", "size": size, **usual}
    (folder / "preprocessor_config.json").write_text(
        json.dumps({**settings, **processor})
    )
    return folder


def class_map(model, resolution):
    """Return the first special token's maps, (layers, heads, rows, cols)."""
    run = model.run(GREY, resolution=resolution)
    values = run.recording.rows(0).numpy()
    return run.tokens.grid(values)


def assert_alike_along_rows(maps):
    np.testing.assert_allclose(
        maps, np.broadcast_to(maps[..., :1], maps.shape), atol=1e-5
    )
    assert np.ptp(maps.mean(axis=(0, 1))[:, 0]) > 1e-3, "rows should differ"


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("species", ["ViT", "DeiT", "I-JEPA", "FLAVA"])
def test_only_the_trained_size(species, shape, tmp_path):
    model = load(str(oblong(tmp_path, species, SHAPES[shape])), "cpu")
    assert model.facts.resolutions == TRAINED
    assert (
        "interpolates positions as if grid and patches were square" in model.facts.fixed
    )
    assert {check.verdict for check in model.facts.trust} == {Verdict.GREEN}
    if species != "I-JEPA":  # it has no token that is not a patch
        assert_alike_along_rows(class_map(model, Resolution.TRAINED))
    for other in (Resolution.DOUBLE, Resolution.PICTURE):
        with pytest.raises(ModelError, match="takes its trained size only"):
            model.run(GREY, resolution=other)


@pytest.mark.parametrize(
    "species", ["DINOv2", "DINOv2 with registers", "Pixio", "TIPSv2"]
)
def test_a_square_at_the_trained_size_is_amber(species, tmp_path):
    model = load(str(oblong(tmp_path, species, SHAPES["2 x 8"])), "cpu")
    assert model.facts.resolutions == TRAINED
    doubts = [c for c in model.facts.trust if c.name == "Positions"]
    assert [check.verdict for check in doubts] == [Verdict.AMBER]
    assert "2 × 8 positions on a square" in doubts[0].reason


@pytest.mark.parametrize(
    "species", ["DINOv2", "DINOv2 with registers", "InternViT", "DPT"]
)
def test_what_cannot_run_says_that_its_shape_is_why(species, tmp_path):
    folder = oblong(tmp_path, species, SHAPES["2 x 6"])
    with pytest.raises(ModelError, match=r"square grid only.* 2 × 6 patches") as caught:
        load(str(folder), "cpu")
    assert "weights" not in str(caught.value)


@pytest.mark.parametrize(
    ("species", "shape"),
    [
        ("DINOv2", "patches of 8 x 16"),
        ("InternViT", "patches of 8 x 16"),
        ("YOLOS", "2 x 8"),
        ("YOLOS", "6 x 2"),
    ],
)
def test_code_that_knows_the_grid_runs_at_every_size(species, shape, tmp_path):
    model = load(str(oblong(tmp_path, species, SHAPES[shape])), "cpu")
    assert model.facts.resolutions == tuple(Resolution)
    for resolution in Resolution:
        assert_alike_along_rows(class_map(model, resolution))


@pytest.mark.parametrize("species", ["ViT", "DINOv2"])
@pytest.mark.parametrize("size", [(64, 64), (128, 32), (32, 64)])
def test_a_processor_of_another_shape_is_refused(species, size, tmp_path):
    wrong = {"size": {"height": size[0], "width": size[1]}}
    folder = oblong(tmp_path, species, SHAPES["2 x 8"], **wrong)
    with pytest.raises(ModelError, match=r"takes 128 × 32 only.*preprocessor_config"):
        load(str(folder), "cpu")


def test_a_picture_that_would_go_in_at_another_size_is_refused(tmp_path):
    keeps = {"size": {"longest_edge": 128}, "do_resize": False}
    folder = oblong(tmp_path, "ViT", SHAPES["2 x 8"], **keeps)
    with pytest.raises(ModelError, match="takes 128 × 32 only"):
        load(str(folder), "cpu")


@pytest.mark.parametrize(
    ("kind", "changes", "verdict"),
    [
        ("ViT", {"size": {"height": 48, "width": 48}}, Verdict.AMBER),
        ("ViT", {"size": 24}, Verdict.AMBER),
        ("ViT", {"size": {"height": 32, "width": 64}}, Verdict.AMBER),
        ("CLIP", {"crop_size": {"height": 24, "width": 24}}, Verdict.AMBER),
        (
            "CLIP",
            {"size": {"shortest_edge": 48}, "do_center_crop": False},
            Verdict.AMBER,
        ),
        ("DINOv2", {"crop_size": {"height": 24, "width": 24}}, Verdict.GREEN),
        ("ViT", {}, Verdict.GREEN),
    ],
)
def test_a_processor_of_another_size_is_told(kind, changes, verdict, tmp_path):
    from tests.zoo import breed

    folder = breed(tmp_path, kind)
    file = folder / "preprocessor_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))
    facts = load(str(folder), "cpu").facts
    check = next(c for c in facts.trust if c.name == "Preparation")
    assert check.verdict is verdict
    assert facts.is_resized is bool(changes)
    width, height = facts.input_size
    told = f"makes {width} × {height} pixels of a square picture, where the model's "
    assert (f"{told}config says 32 × 32" in check.reason) is bool(changes)
