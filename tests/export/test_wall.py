"""The wall as a picture and as data, from a shot, Python and the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import vitviewer as vv
from tests import facts
from tests.model_factory import make_model
from vitviewer.answers import Answer, Layers
from vitviewer.cli.main import main
from vitviewer.errors import ExportError
from vitviewer.export.wall import WallShot
from vitviewer.maps.mosaic import Room, Tiling, plan_wall
from vitviewer.maps.resolve import resolve
from vitviewer.maps.state import ViewState
from vitviewer.maps.tiles import TileScale, as_rgb, compose_tiles
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Query, QueryKind, Request

PICTURE = from_pixels(np.full((64, 96, 3), 90, np.uint8), "grey.png", "made")


def shot_of(answer: Answer | None = None, **how) -> WallShot:
    made = facts.explanation()
    state = ViewState()
    state.fit_to(made.model)
    return WallShot(PICTURE, resolve(made, answer or made.rows, state), **how)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("wall") / "vit", "dinov2-registers")


@pytest.fixture(scope="module")
def cat(tmp_path_factory, chelsea):
    path = tmp_path_factory.mktemp("pictures") / "cat.png"
    Image.fromarray(chelsea).save(path)
    return path


def opened(path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


# --- data -----------------------------------------------------------------------------


def test_the_data_are_the_explanation_s_rows(tmp_path):
    shot = shot_of()
    shot.write(tmp_path / "wall.npz")
    file, made = opened(tmp_path / "wall.npz"), shot.shown.explanation
    np.testing.assert_array_equal(file["maps"], made.tokens.grid(made.rows.values))
    assert file["maps"].shape == (3, 4, 2, 3)
    special = made.tokens.special_values(made.rows.values)
    np.testing.assert_array_equal(file["prefix"], special)
    np.testing.assert_array_equal(file["prefix share"], special.sum(axis=-1))
    told = json.loads(str(file["provenance"]))["export"]
    assert told["layers"] == [1, 2, 3]
    assert told["heads"] == [1, 2, 3, 4]
    assert told["method"] == "attention"


def test_what_is_no_share_has_no_prefix_share(tmp_path):
    rows = facts.explanation().rows
    evidence = Answer(rows.request, rows.values - 0.1, 8, unit="logit", signed=True)
    shot_of(evidence).write(tmp_path / "wall.npz")
    assert "prefix share" not in opened(tmp_path / "wall.npz")


@pytest.mark.parametrize("kind", ["rollout", "pool"])
def test_axes_that_a_method_does_not_tell_apart_have_length_one(kind):
    values = facts.explanation().rows.values
    if kind == "rollout":
        shot = shot_of(facts.rolled(values.mean(axis=1)))
        assert shot.stack.maps[0].shape == (3, 1, 2, 3)
        assert shot.title.endswith("3 layers")
    else:
        request = Request(query=Query(QueryKind.POOL))
        answer = Answer(request, values[:1], 8, layers=Layers.NONE)
        shot = shot_of(answer)
        assert shot.stack.maps[0].shape == (1, 4, 2, 3)
        assert shot.title.endswith("4 heads")
    assert shot.pixels().ndim == 3


# --- the picture ----------------------------------------------------------------------


@pytest.mark.parametrize("table", [False, True])
@pytest.mark.parametrize("scale", TileScale)
def test_the_picture_has_the_mosaic_s_tiles(tmp_path, scale, table):
    shot = shot_of(scale=scale, table=table)
    shot.write(tmp_path / "wall.png")
    with Image.open(tmp_path / "wall.png") as file:
        pixels, text = np.asarray(file.convert("RGB")), file.text["vitviewer"]
    size = (1200.0, 1200.0) if table else (1200.0, 675.0)
    room = Room(*size, 2.0, 20.0, 24.0, 16.0, 2.0)
    plan = plan_wall(Tiling(3, 4, 2, 3), room, table)
    made, style = shot.shown.explanation, shot.shown.style
    tiles = as_rgb(
        compose_tiles(
            plan,
            made.tokens.grid(made.rows.values),
            shot.shares,
            style.colormap,
            scale=scale,
            smooth=style.interpolation != "nearest",
        )
    )
    top = 32 + 39  # a margin and the title
    for layer in range(3):
        for head in range(4):
            x, y, w, h = plan.rect_of(layer, head)
            np.testing.assert_array_equal(
                pixels[top + y : top + y + h, x : x + w], tiles[y : y + h, x : x + w]
            )
    provenance = json.loads(text)
    assert provenance["wall"] == {"scale": scale.value, "table": table}
    assert provenance["map"] == shot.title
    assert provenance["export"]["heads"] == [1, 2, 3, 4]


def test_another_suffix_is_refused_and_writes_nothing(tmp_path):
    with pytest.raises(ExportError, match=r"\.png or \.npz"):
        shot_of().write(tmp_path / "wall.gif")
    assert list(tmp_path.iterdir()) == []


def test_what_cancels_leaves_no_file(tmp_path):
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shot_of().write(tmp_path / "wall.png", stop)
    assert list(tmp_path.iterdir()) == []


# --- Python and the command line ------------------------------------------------------


def test_from_python(model, cat, tmp_path):
    record = vv.load_model(model, "cpu").record(cat)
    wall = record.wall(query=(1, 2), scale="shared", colormap="viridis")
    rows = record.rows(query=(1, 2))
    np.testing.assert_array_equal(wall.values, record.tokens.grid(rows))
    np.testing.assert_array_equal(np.asarray(wall), wall.values)
    shares = record.tokens.special_values(rows).sum(axis=-1)
    np.testing.assert_array_equal(wall.prefix_shares, shares)
    for name in ("wall.png", "wall.npz"):
        wall.save(tmp_path / name)
    with Image.open(tmp_path / "wall.png") as file:
        np.testing.assert_array_equal(np.asarray(file), wall.pixels)
    np.testing.assert_array_equal(opened(tmp_path / "wall.npz")["maps"], wall.values)
    assert wall._repr_png_().startswith(b"\x89PNG")
    assert "patch (1, 2)" in repr(wall)
    fused = record.wall("rollout", head="max")
    assert fused.values.shape[:2] == (3, 1)
    np.testing.assert_array_equal(
        fused.values[-1, 0], record.map(head="max", method="rollout").values
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"scale": "huge"},
        {"colormap": "none such"},
        {"interpolation": "cubic"},
        {"method": "none such"},
        {"head": "loudest"},
        {"speed": 3},
    ],
)
def test_python_refuses_words_that_there_are_not(model, cat, asked):
    record = vv.load_model(model, "cpu").record(cat)
    with pytest.raises(ValueError, match=r"\w"):
        record.wall(**asked)


def export(model, out, cat, *words: str) -> int:
    start = ["export", str(cat), "--model", str(model), "--out", str(out)]
    return main([*start, "--device", "cpu", "--what", "wall", *words])


@pytest.mark.parametrize("words", [(), ("--query", "1,2"), ("--method", "rollout")])
def test_from_the_command_line(model, cat, tmp_path, words):
    for kind in ("png", "npz"):
        assert export(model, tmp_path, cat, "--format", kind, *words) == 0
    record = vv.load_model(model, "cpu").record(cat)
    asked = {"query": (1, 2)} if "--query" in words else {}
    wall = record.wall("rollout" if "rollout" in words else "attention", **asked)
    np.testing.assert_array_equal(
        opened(tmp_path / "cat-wall.npz")["maps"], wall.values
    )
    with Image.open(tmp_path / "cat-wall.png") as file:
        np.testing.assert_array_equal(np.asarray(file), wall.pixels)


@pytest.mark.parametrize(
    "words",
    [("--layer", "2"), ("--head", "1"), ("--head", "max"), ("--side-by-side",)],
)
def test_the_command_line_refuses_to_choose_among_all(
    model, cat, tmp_path, capsys, words
):
    assert export(model, tmp_path, cat, *words) == 2
    assert "wall" in capsys.readouterr().err or "--side-by-side" in words
    assert list(tmp_path.iterdir()) == []
