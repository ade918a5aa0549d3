"""What timm itself saved opens, and is shown as timm itself computes it.

Folders are written by timm's own ``save_for_hf``, or saved again by transformers.
Pictures are prepared by timm's own transforms, and attention is written out by timm's
own code. Needs timm and a torchvision that fits torch; `make check` brings both.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import timm_check
from vitviewer.models.loading import load
from vitviewer.queries import QueryKind
from vitviewer.trust import Verdict

LARGEST = timm_check.LARGEST
SIZES = ((261, 383), (383, 262), (97, 640), (300, 300))
NAME = "vit_tiny_patch16_224"


@pytest.fixture(autouse=True)
def _timm():
    """Skip where timm is not there, unless it must be."""
    if not timm_check.is_there():
        assert not os.environ.get("VITVIEWER_TEST_TIMM"), "timm should be here"
        pytest.skip("timm and torchvision are not installed; `make check` has them")


def saved(folder: Path, name: str = NAME, trained=None, **arguments):
    """Let timm save a model of two layers with peaked attention; return the model."""
    import timm

    torch.manual_seed(0)
    arguments = {"depth": 2, **arguments}
    model = timm.create_model(
        name, pretrained=False, pretrained_cfg_overlay=trained, **arguments
    ).eval()
    for key, parameter in model.named_parameters():
        if parameter.ndim >= 2 and "norm" not in key:
            torch.nn.init.normal_(parameter, std=1.4 * parameter.shape[-1] ** -0.5)
    timm.models.save_for_hf(
        model, str(folder), model_args=arguments, safe_serialization=True
    )
    return model


def check(folder: Path, theirs, verdict: Verdict = Verdict.GREEN):
    """Hold what is shown of a folder to timm's model; return what was loaded."""
    from timm.data import create_transform, resolve_data_config

    transform = create_transform(
        **resolve_data_config({}, model=theirs), is_training=False
    )
    model = load(str(folder), "cpu")
    assert max((c.verdict for c in model.facts.trust), key=list(Verdict).index) is (
        verdict
    ), model.facts.trust
    for size in SIZES:
        rng = np.random.default_rng(size)
        pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
        values = transform(Image.fromarray(pixels))[None]
        with torch.no_grad():
            torch.testing.assert_close(model.preprocessor.prepare(pixels)[0], values)
        run = model.run(pixels)
        rows = [run.recording.rows(n) for n in range(run.recording.n_tokens)]
        attention, _, output = timm_check.reference(theirs, values)
        assert (torch.stack(rows, dim=2) - attention).abs().max() < LARGEST
        if run.logits is not None:
            scale = float(output.abs().max())
            np.testing.assert_allclose(run.logits, output[0], atol=LARGEST * scale)
    return model


@pytest.mark.parametrize("name", timm_check.SORTS)
def test_every_sort(tmp_path, name):
    sort = timm_check.SORTS[name]
    rows, output, not_green = timm_check.differences(tmp_path, name, sort)
    assert max(rows, output) < LARGEST
    assert not_green == []


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        (NAME, {}, QueryKind.CLASS),
        (NAME, {"num_classes": 7}, QueryKind.CLASS),
        (NAME, {"global_pool": "avg"}, QueryKind.MEAN),
        (NAME, {"num_classes": 0, "global_pool": "avg"}, QueryKind.MEAN),
        ("vit_little_patch16_reg4_gap_256", {}, QueryKind.MEAN),
        ("deit_tiny_distilled_patch16_224", {}, QueryKind.CLASS),
        ("eva02_tiny_patch14_224", {}, QueryKind.MEAN),
    ],
)
def test_as_timm_saves_it(tmp_path, name, arguments, kind):
    model = check(tmp_path, saved(tmp_path, name, **arguments))
    assert "global_pool" in json.loads((tmp_path / "config.json").read_text())
    assert model.facts.default_query.kind is kind


@pytest.mark.parametrize("share", [0.5, 0.875, 0.95, 1.0, 1.1, 1.37, 2.0])
@pytest.mark.parametrize("mode", ["center", "squash"])
def test_pictures_are_cropped_as_timm_does(tmp_path, share, mode):
    trained = {"crop_pct": share, "crop_mode": mode}
    check(tmp_path, saved(tmp_path, trained=trained))


@pytest.mark.parametrize("filter_name", ["bilinear", "bicubic", "lanczos"])
def test_pictures_are_resized_as_timm_does(tmp_path, filter_name):
    check(tmp_path, saved(tmp_path, trained={"interpolation": filter_name}))


@pytest.mark.parametrize("pool", ["token", "avg"])
@pytest.mark.parametrize(
    ("wrapper", "verdict"),
    [
        ("TimmWrapperForImageClassification", Verdict.GREEN),
        ("TimmWrapperModel", Verdict.AMBER),  # it leaves the classifier out
    ],
)
def test_saved_again_by_transformers(tmp_path, pool, wrapper, verdict):
    import transformers

    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    theirs = saved(first, global_pool=pool, num_classes=5)
    file = first / "config.json"
    config = json.loads(file.read_text())
    config["model_args"].pop("num_classes")  # transformers would give it twice
    file.write_text(json.dumps(config))
    again = getattr(transformers, wrapper).from_pretrained(first)
    again.save_pretrained(second)
    config = json.loads((second / "config.json").read_text())
    assert config["model_type"] == "timm_wrapper"
    labels = check(second, theirs, verdict).facts.labels
    assert (labels is None) == (verdict is Verdict.AMBER)


def test_without_the_arguments_the_pooling_still_counts(tmp_path):
    """Folders of older versions have no model_args."""
    import timm

    theirs = saved(tmp_path, depth=12, global_pool="avg", num_classes=3)
    file = tmp_path / "config.json"
    config = json.loads(file.read_text())
    del config["model_args"]
    file.write_text(json.dumps(config))
    assert timm.__version__
    assert check(tmp_path, theirs).facts.default_query.kind is QueryKind.MEAN
