"""The third door: the numbers of the notebook that it began as, and NumPy's."""

from __future__ import annotations

import html
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import vitviewer as vv
from tests.api.seed_notebook import seed_notebook
from tests.model_factory import make_model, save_processor
from vitviewer.answers import SHARE
from vitviewer.queries import Query, QueryKind

PUBLIC = {"Model", "Record", "Map", "Overlay", "load_model", "open_image"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A ViT classifier of 224 pixels and patches of 16, as the notebook's."""
    path = tmp_path_factory.mktemp("api") / "vit"
    size = {"height": 224, "width": 224}
    make_model(path, "vit", image_size=224, patch_size=16)
    save_processor(path, {"image_processor_type": "ViTImageProcessor", "size": size})
    return path


@pytest.fixture(scope="module")
def cat(tmp_path_factory) -> Path:
    from skimage import data

    path = tmp_path_factory.mktemp("pictures") / "cat.png"
    Image.fromarray(data.chelsea()).save(path)
    return path


@pytest.fixture(scope="module")
def record(folder, cat) -> vv.Record:
    return vv.load_model(folder, "cpu").record(cat)


def test_five_lines_are_the_notebook_s_numbers(folder, cat, tmp_path):
    """The five lines stand in the README, with the hub's name for the model."""
    model = vv.load_model(folder)
    record = model.record(cat)
    best = record.predictions(1)[0]
    shown = record.map(layer=-1, head="mean")
    shown.overlay(preset="notebook").save(tmp_path / "cat-attention.png")

    seed = seed_notebook(folder, cat)
    assert best.label == seed.label
    assert best.probability == pytest.approx(seed.probability, abs=1e-6)
    assert shown.values.shape == (14, 14)
    np.testing.assert_allclose(shown.values, seed.map, atol=1e-6)
    with Image.open(tmp_path / "cat-attention.png") as image:
        ours = np.asarray(image.convert("RGB")).astype(int)
    assert ours.shape == seed.overlay.shape
    assert (np.abs(ours - seed.overlay) <= 3).mean() > 0.95


def test_readme_has_these_five_lines():
    readme = (Path(vv.__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    block = next(b for b in re.findall(r"```python\n(.*?)```", readme, re.S))
    lines = [line for line in block.splitlines() if line and line[0] != "#"]
    assert lines[0] == "import vitviewer as vv"
    assert len(lines) == 5
    assert 'rec.map(layer=-1, head="mean")' in block
    compile(block, "README.md", "exec")


def test_rows_are_softmax_of_the_recorded_pass(record, folder):
    rows = record.rows()
    assert rows.shape == (3, 4, 197)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(-1), 1, atol=1e-5)
    patch = record.rows(query=(3, 4))
    to = record.rows(query="cls", direction="to")
    index = record.tokens.patch_index(3, 4)
    np.testing.assert_allclose(to[..., index], patch[..., 0], atol=1e-7)
    np.testing.assert_array_equal(record.rows("class"), rows)
    np.testing.assert_array_equal(record.rows(Query(QueryKind.TOKEN, 0)), rows)


@pytest.mark.parametrize("how", ["mean", "max", "min", "median"])
def test_maps_are_numpy_s(record, how):
    rows = record.rows()[..., 1:].reshape(3, 4, 14, 14)
    shown = record.map(layer=1, head=how)
    expected = getattr(np, how)(rows[1], axis=0)
    np.testing.assert_allclose(shown, expected, rtol=1e-6)
    np.testing.assert_array_equal(record.map(layer=-2, head=-1), rows[1, 3])
    ranged = record.map(layer=(0, -1), head=how)
    each = getattr(np, how)(rows, axis=1)
    np.testing.assert_allclose(ranged, each.mean(0), rtol=1e-6)
    assert shown.title == (
        f"attention from the class token in layer 2, {how} of 4 heads"
    )
    assert shown.unit == SHARE
    assert shown.special.shape == (1,)


def test_rollout_is_whole_matrices_product(record, folder, cat):
    patches = [record.rows(query=(r, c)) for r, c in np.ndindex(14, 14)]
    whole = np.stack([record.rows(), *patches], axis=2).astype(np.float64)
    product = np.eye(197)
    for matrix in whole.mean(axis=1):
        matrix = (matrix + np.eye(197)) / 2
        product = matrix / matrix.sum(-1, keepdims=True) @ product
    rolled = record.rollout()
    np.testing.assert_allclose(rolled.values.ravel(), product[0, 1:], atol=1e-6)
    assert rolled.title.startswith("rollout from the class token in layers 1–3")


STYLES = {
    "default": {},
    "preset": {"preset": "notebook"},
    "part of a preset": {"preset": "notebook", "interpolation": "nearest"},
    "contours": {"interpolation": "contours"},
    "even over the picture itself": {"alpha": "uniform", "photograph": "as-is"},
    "all": {
        **{"preset": "viridis", "colormap": "cividis", "opacity": 0.5},
        **{"interpolation": "nearest", "alpha": "linear", "photograph": "as-is"},
    },
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_command_line_and_python_paint_alike(record, folder, cat, tmp_path, style):
    from vitviewer.cli.main import main

    words = ["export", str(cat), "--model", str(folder), "--out", str(tmp_path)]
    for name, value in style.items():
        words += [f"--{name}", str(value)]
    assert main(words) == 0
    overlay = record.overlay(**style)
    overlay.save(tmp_path / "own.png")
    with (
        Image.open(tmp_path / "cat.png") as image,
        Image.open(tmp_path / "own.png") as own,
    ):
        np.testing.assert_array_equal(overlay, image.convert("RGB"))
        told, ours = (json.loads(i.text["vitviewer"]) for i in (image, own))
    assert told["style"] == ours["style"]
    assert told["style"]["alpha"] == ours["view"]["alpha"]
    for name in style.keys() & told["style"].keys():
        assert told["style"][name] == style[name]


def test_overlay_is_what_export_writes(record, folder, cat, tmp_path):
    from vitviewer.cli.main import main

    words = ["export", str(cat), "--model", str(folder), "--out", str(tmp_path)]
    assert main([*words, "--layer", "2", "--head", "3", "--opacity", "0.4"]) == 0
    with Image.open(tmp_path / "cat.png") as image:
        exported = np.asarray(image.convert("RGB"))
    overlay = record.overlay(layer=1, head=2, opacity=0.4)
    np.testing.assert_array_equal(overlay, exported)
    side = record.map().overlay().side_by_side()
    assert side.shape[1] > 2 * overlay.pixels.shape[1]


def test_results_show_themselves(record):
    shown = record.map()
    with Image.open(io.BytesIO(shown._repr_png_())) as image:
        np.testing.assert_array_equal(image.convert("RGB"), shown.overlay())
    strip = record._repr_html_()
    assert strip.count("data:image/png;base64,") >= 1
    assert len(strip) < 250_000
    assert "cat.png" in html.unescape(strip)
    assert "14 × 14" in repr(shown)
    assert "cat.png" in repr(record)


def test_pixels_and_open_pictures_go_in_as_well(folder, cat):
    model = vv.load_model(folder, "cpu")
    pixels = np.asarray(Image.open(cat).convert("RGB"))
    ways = (cat, str(cat), pixels, Image.fromarray(pixels), vv.open_image(cat))
    maps = [model.record(way).map() for way in ways]
    for other in maps[1:]:
        np.testing.assert_array_equal(other, maps[0])
    for wrong in (pixels[:0], pixels[..., :2], None, 3, np.array(["x"])):
        with pytest.raises(vv.ImageError, match="is no picture"):
            model.record(wrong)


def test_records_keep_their_own_pass(folder, cat):
    model = vv.load_model(folder, "cpu")
    first = model.record(cat)
    before = first.rows(query=(2, 2))
    model.record(np.zeros((64, 64, 3), np.uint8))
    again = vv.load_model(folder, "cpu").record(cat)
    np.testing.assert_array_equal(first.rows(query=(2, 3)), again.rows(query=(2, 3)))
    np.testing.assert_array_equal(first.rows(query=(2, 2)), before)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"layer": 3}, IndexError, "no layer 3"),
        ({"layer": -4}, IndexError, "no layer -4"),
        ({"head": 4}, IndexError, "no head 4"),
        ({"head": "most"}, ValueError, "most"),
        ({"method": "telepathy"}, ValueError, "one of attention, rollout"),
        ({"method": "rollout", "head": 1}, ValueError, "fuses the heads"),
        ({"query": "everything"}, ValueError, "not cls, mean, pool or R,C"),
        ({"query": (14, 0)}, IndexError, "outside the grid"),
        ({"query": "pool"}, vv.ModelError, "no pooling head"),
        ({"direction": "sideways"}, ValueError, "sideways"),
        ({"target": "thing 1"}, ValueError, "attention explains no class"),
        ({"colour": 1}, ValueError, "no setting colour"),
        ({"layer": "all"}, ValueError, "A layer is a number"),
        ({"layer": 1.0}, ValueError, "A layer is a number"),
        ({"layer": (1, 2, 3)}, ValueError, "A layer is a number"),
        ({"query": (1,)}, ValueError, "A patch is"),
        ({"query": (1.5, 2)}, ValueError, "A patch is"),
        ({"query": (-1, 0)}, IndexError, "outside the grid"),
    ],
)
def test_what_there_is_not_is_said(record, asked, error, words):
    with pytest.raises(error, match=words):
        record.map(**asked)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"opacity": 1.5}, "opacity lies between"),
        ({"colormap": "rainbowish"}, "not a colormap"),
        ({"scale": "x"}, "Scale"),
        ({"alpha": "steep"}, "Alpha"),
        ({"alpha": ""}, "Alpha"),
        ({"photograph": "blurred"}, "Photograph"),
        ({"preset": "seurat"}, "not a preset: there are ember"),
    ],
)
def test_what_an_overlay_cannot_be_is_said(record, wrong, words):
    with pytest.raises(ValueError, match=words):
        record.map().overlay(**wrong)


def test_a_model_in_memory_is_borrowed_and_given_back(folder, cat, record):
    from transformers import AutoImageProcessor, ViTForImageClassification

    module = ViTForImageClassification.from_pretrained(folder).train()
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    borrowed = vv.load_model(module, processor=processor).record(cat)
    np.testing.assert_allclose(borrowed.rows(), record.rows(), atol=1e-6)
    assert borrowed.predictions(1)[0].label == record.predictions(1)[0].label
    assert module.training
    with pytest.raises(vv.ModelError, match="needs its image processor"):
        vv.load_model(module)
    with pytest.raises(vv.ModelError):
        vv.load_model(torch.nn.Linear(2, 2), processor=processor)


def test_the_face_of_the_package_is_what_is_public():
    assert set(dir(vv)) >= PUBLIC
    assert set(dir(vv)) == set(vv.__all__)
    for name in dir(vv):
        assert getattr(vv, name) is not None
    with pytest.raises(AttributeError):
        _ = vv.no_such_thing


def test_importing_it_is_light():
    """Compared with an empty Python in the same run, not with a clock of its own."""
    code = "import sys; {}; print(*sorted(m for m in sys.modules))"

    def modules(statement: str) -> set[str]:
        words = [sys.executable, "-c", code.format(statement)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    new = modules("import vitviewer") - modules("pass")
    assert {name for name in new if not name.startswith("vitviewer")} == {"__future__"}
    assert len(new) <= 3


def test_it_has_types():
    assert (Path(vv.__file__).parent / "py.typed").is_file()
