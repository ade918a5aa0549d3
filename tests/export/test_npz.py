"""The NPZ file holds what the engine answered, and opens without pickle."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vitviewer.answers import Answer, Explanation, Heads, Layers, ModelFacts
from vitviewer.export.npz import write_npz
from vitviewer.geometry import Geometry
from vitviewer.maps.stack import stack_maps
from vitviewer.queries import Fusion, Query, Request
from vitviewer.tokens import Pane, TokenGroup, TokenLayout

LAYERS, HEADS, ROWS, COLS = 3, 4, 2, 5
TOKENS = TokenLayout.of_grid(("class", "register 1"), ROWS, COLS, ("detection 1",))


def facts(labels: tuple[str, ...] | None = ("cat", "dog ünd")) -> ModelFacts:
    """Describe a model that need not exist."""
    return ModelFacts(
        name="tiny",
        source="tiny",
        family="vit",
        n_layers=LAYERS,
        n_heads=HEADS,
        n_parameters=10,
        patch_size=(8, 8),
        input_size=(40, 16),
        special_tokens=TOKENS.special,
        labels=labels,
        multi_label=False,
        processor="resize",
        dtype="float32",
        device="cpu",
        capture="sdpa",
    )


def explanation(labels: tuple[str, ...] | None = ("cat", "dog ünd")) -> Explanation:
    """Return an explanation with random attention."""
    rng = np.random.default_rng(3)
    values = rng.random((LAYERS, HEADS, TOKENS.n_tokens), dtype=np.float32)
    logits = None if labels is None else np.array([1.5, -2.0], np.float32)
    return Explanation(
        model=facts(labels),
        geometry=Geometry((80, 48), (40, 24), (0, 4), (40, 16), (8, 8)),
        tokens=TOKENS,
        rows=Answer(Request(), values, TOKENS.n_tokens),
        input_pixels=np.zeros((16, 40, 3), np.uint8),
        logits=logits,
        seconds=0.1,
        provenance={"model": "tiny", "versions": {"torch": "x"}},
    )


def written(
    folder: Path,
    told: Explanation,
    layer: int | None,
    head: int | None,
    fusion: Fusion,
    answer: Answer | None = None,
) -> dict[str, Any]:
    """Write a file and read it back."""
    path = folder / "maps.npz"
    stack = stack_maps(told, answer or told.rows, layer, head, fusion)
    write_npz(path, told, stack, {"notes": ["upright"]})
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def test_all_layers_and_heads(tmp_path: Path) -> None:
    told = explanation()
    arrays = written(tmp_path, told, None, None, Fusion.HEAD)
    values = told.rows.values
    expected = values[..., 2:12].reshape(LAYERS, HEADS, ROWS, COLS)
    np.testing.assert_array_equal(arrays["maps"], expected)
    np.testing.assert_array_equal(arrays["prefix"], values[..., [0, 1, 12]])
    assert arrays["maps"].dtype == arrays["prefix"].dtype == np.float32
    np.testing.assert_array_equal(arrays["affine"], [[16, 0, 0], [0, 16, 8]])
    assert arrays["affine"].dtype == arrays["seen"].dtype == np.float64
    np.testing.assert_array_equal(arrays["seen"], [0, 8, 80, 40])
    np.testing.assert_array_equal(arrays["logits"], told.logits)
    assert arrays["labels"].tolist() == ["cat", "dog ünd"]
    assert set(arrays) == {
        *("maps", "prefix", "affine", "seen", "logits", "labels", "provenance"),
        "unit",
    }
    assert str(arrays["unit"]) == "share of attention"


def test_provenance_says_what_the_axes_are(tmp_path: Path) -> None:
    arrays = written(tmp_path, explanation(), 1, 2, Fusion.HEAD)
    assert arrays["provenance"].shape == ()
    told = json.loads(str(arrays["provenance"]))
    assert told["model"] == "tiny"
    assert told["versions"] == {"torch": "x"}
    assert told["notes"] == ["upright"]
    assert told["export"] == {
        "method": "attention",
        "query": {"kind": "class"},
        "direction": "from",
        "layers": [2],
        "heads": [3],
        "fusion": None,
        "special_tokens": ["class", "register 1", "detection 1"],
    }


@pytest.mark.parametrize("fusion", [f for f in Fusion if f is not Fusion.HEAD])
def test_fused_heads_keep_four_axes(tmp_path: Path, fusion: Fusion) -> None:
    told = explanation()
    arrays = written(tmp_path, told, 2, None, fusion)
    reduce: Any = getattr(np, fusion.value)
    expected = reduce(told.rows.values[2], axis=0)
    assert arrays["maps"].shape == (1, 1, ROWS, COLS)
    assert arrays["prefix"].shape == (1, 1, 3)
    np.testing.assert_allclose(arrays["maps"].ravel(), expected[2:12], rtol=1e-6)
    export = json.loads(str(arrays["provenance"]))["export"]
    assert export["fusion"] == fusion.value
    assert export["heads"] == [1, 2, 3, 4]


def test_one_head_of_one_layer(tmp_path: Path) -> None:
    told = explanation()
    maps = written(tmp_path, told, 0, 3, Fusion.HEAD)["maps"]
    assert maps.shape == (1, 1, ROWS, COLS)
    np.testing.assert_array_equal(maps.ravel(), told.rows.values[0, 3, 2:12])


@pytest.mark.parametrize(("layer", "count"), [(None, LAYERS), (1, 1)])
def test_rollout(tmp_path: Path, layer: int | None, count: int) -> None:
    told = explanation()
    values = np.random.default_rng(4).random((LAYERS, 13), dtype=np.float32)
    request = Request("rollout", Query.patch(1, 4), settings=(("fusion", "max"),))
    answer = Answer(request, values[:, None], 13, Layers.UP_TO, Heads.FUSED)
    arrays = written(tmp_path, told, layer, None, Fusion.MAX, answer)
    assert arrays["maps"].shape == (count, 1, ROWS, COLS)
    chosen = values if layer is None else values[1:2]
    np.testing.assert_array_equal(arrays["maps"].reshape(count, -1), chosen[:, 2:12])
    export = json.loads(str(arrays["provenance"]))["export"]
    assert export["method"] == "rollout"
    assert export["query"] == {"kind": "patch", "row": 1, "col": 4}


def test_every_pane_has_its_entries(tmp_path: Path) -> None:
    """A picture and a tile of it: tokens of both in one pass."""
    whole = Geometry((80, 48), (40, 24), (0, 4), (40, 16), (8, 8))
    tile = Geometry((80, 48), (80, 48), (40, 0), (32, 16), (16, 16))
    tokens = TokenLayout(
        (TokenGroup("class", ("class",), (4,)),),
        (
            Pane("picture", np.arange(5, 15).reshape(2, 5), whole),
            Pane("tile 1", np.array([[3, 1]]), tile),
            Pane("tile 2", np.array([[0, 2]]), tile),
        ),
    )
    values = np.random.default_rng(5).random((LAYERS, HEADS, 15), dtype=np.float32)
    told = replace(explanation(), tokens=tokens, rows=Answer(Request(), values, 15))
    arrays = written(tmp_path, told, None, None, Fusion.HEAD)
    np.testing.assert_array_equal(arrays["maps"].reshape(3, 4, -1), values[..., 5:])
    np.testing.assert_array_equal(arrays["maps tile 1"][..., 0, :], values[..., [3, 1]])
    np.testing.assert_array_equal(arrays["maps tile 2"][..., 0, :], values[..., [0, 2]])
    np.testing.assert_array_equal(arrays["affine tile 1"], [[16, 0, 40], [0, 16, 0]])
    np.testing.assert_array_equal(arrays["seen tile 2"], [40, 0, 72, 16])
    np.testing.assert_array_equal(arrays["prefix"], values[..., [4]])


def test_a_model_without_a_classifier(tmp_path: Path) -> None:
    arrays = written(tmp_path, explanation(None), None, None, Fusion.HEAD)
    assert arrays["logits"].shape == arrays["labels"].shape == (0,)
    assert arrays["logits"].dtype == np.float32
    assert arrays["labels"].dtype.kind == "U"


def test_the_same_answers_give_the_same_bytes(tmp_path: Path) -> None:
    files = []
    for name in ("a.npz", "b.npz"):
        told = replace(explanation(), seconds=0.2)
        stack = stack_maps(told, told.rows, None, None, Fusion.HEAD)
        write_npz(tmp_path / name, told, stack)
        files.append((tmp_path / name).read_bytes())
    assert files[0] == files[1]
    assert np.load(io.BytesIO(files[0]))["maps"].shape == (LAYERS, HEADS, ROWS, COLS)
