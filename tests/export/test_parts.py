"""A file says what is explained, and its numbers make the whole of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.facts import explanation, facts
from tests.methods.planting import evidence
from vitviewer.answers import Answer, Explanation, Heads, Layers
from vitviewer.export.npz import write_npz
from vitviewer.export.wall import WallShot
from vitviewer.maps.resolve import resolve
from vitviewer.maps.stack import stack_maps
from vitviewer.maps.state import ViewState
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Fusion, Query, Request, Target
from vitviewer.tokens import Pane, TokenGroup, TokenLayout

PLAIN = TokenLayout.of_grid(("class", "register 1"), 2, 3, ("detection 1",))
#: A picture whose tokens stand for two cells each but one, a tile, and one token of
#: both; no token is where a plain layout has it.
MERGED = TokenLayout(
    (TokenGroup("class", ("class",), (2,)),),
    (
        Pane("picture", np.array([[5, 5, 0], [1, 5, 0]])),
        Pane("tile 1", np.array([[3, 0], [4, 4]])),
    ),
)
OWN = {"embedding": 0.75, "blocks' MLPs": -2.5}


@pytest.fixture(autouse=True, scope="module")
def planted(tmp_path_factory):
    with evidence(tmp_path_factory.mktemp("method")):
        yield


def answered(tokens: TokenLayout, **changes: Any) -> tuple[Explanation, Answer]:
    """Return random evidence, signed, in all layers and heads, that adds up."""
    values = np.random.default_rng(7).normal(size=(3, 4, tokens.n_tokens))
    answer = Answer(
        Request("evidence", target=Target(1)),
        values.astype(np.float32),
        tokens.n_tokens,
        unit="logit",
        signed=True,
        adds=True,
        parts=OWN,
    )
    answer = replace(answer, **changes)
    heads = slice(1) if answer.heads is Heads.FUSED else slice(None)
    layers = slice(1) if answer.layers is Layers.NONE else slice(None)
    answer = replace(answer, values=answer.values[layers, heads])
    # Of layers that are accumulated the last one is the whole.
    whole = answer.values[-1:] if answer.layers is Layers.UP_TO else answer.values
    total = whole.sum(dtype=np.float64) + sum(answer.parts.values())
    return explanation(tokens=tokens), replace(answer, target_value=float(total))


def written(
    folder: Path,
    told: Explanation,
    answer: Answer,
    layer: int | None = None,
    head: int | None = None,
    fusion: Fusion = Fusion.HEAD,
) -> dict[str, Any]:
    path = folder / "maps.npz"
    write_npz(path, told, stack_maps(told, answer, layer, head, fusion))
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def text(array: NDArray[Any]) -> Any:
    assert array.shape == ()
    return json.loads(str(array))


@pytest.mark.parametrize("tokens", [PLAIN, MERGED], ids=["plain", "merged"])
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"heads": Heads.FUSED},
        {"layers": Layers.NONE},
        {"layers": Layers.UP_TO},
        {"layers": Layers.UP_TO, "heads": Heads.FUSED},
        {"parts": {"prefix": 4.0, "others": 8.0, "embedding": 1.0}},
    ],
    ids=lambda how: " ".join(map(str, how.values())) or "each layer and head",
)
@pytest.mark.parametrize(
    ("layer", "head", "fusion"),
    [
        (None, None, Fusion.HEAD),
        (None, 2, Fusion.HEAD),
        (1, None, Fusion.HEAD),
        (2, 0, Fusion.HEAD),
        (None, None, Fusion.MEAN),
        (0, None, Fusion.MEAN),
    ],
)
def test_map_and_parts_make_the_number(tmp_path, tokens, how, layer, head, fusion):
    told, answer = answered(tokens, **how)
    arrays = written(tmp_path, told, answer, layer, head, fusion)
    maps, parts = arrays["maps"].astype(np.float64), text(arrays["parts"])
    if answer.layers is Layers.UP_TO:
        maps = maps[-1:]
    once = arrays.get("once", np.ones(maps.shape[2:], np.bool_))
    total = maps[..., once].sum() + sum(parts.values())
    assert total == pytest.approx(answer.target_value, abs=2e-5)
    assert arrays["target_value"].dtype == np.float64
    assert arrays["target_value"] == answer.target_value
    assert arrays["maps"].dtype == np.float32
    assert (maps < 0).any()
    assert str(arrays["unit"]) == "logit"


def test_each_part_is_what_it_says(tmp_path):
    told, answer = answered(PLAIN)
    parts = text(written(tmp_path, told, answer, 1, 2)["parts"])
    exact = answer.values.astype(np.float64)
    prefix = exact[1, 2, [0, 1, 8]].sum()
    assert list(parts) == [*OWN, "prefix", "others"]
    assert {name: parts[name] for name in OWN} == OWN
    assert parts["prefix"] == pytest.approx(prefix)
    assert parts["others"] == pytest.approx(exact.sum() - exact[1, 2].sum())
    arrays = written(tmp_path, told, answer)
    parts = text(arrays["parts"])
    assert parts["others"] == 0
    assert parts["prefix"] == pytest.approx(arrays["prefix"].sum(dtype=np.float64))


def test_a_file_says_how_heads_became_one_map(tmp_path):
    told, answer = answered(PLAIN)
    for how, fusion, expected in [
        (answer, Fusion.MEAN, "sum"),
        (answer, Fusion.HEAD, None),
        (replace(answer, adds=False), Fusion.MEAN, "mean"),
        (answered(PLAIN, heads=Heads.FUSED)[1], Fusion.MEAN, None),
    ]:
        arrays = written(tmp_path, told, how, fusion=fusion)
        assert text(arrays["provenance"])["export"]["fusion"] == expected


def test_a_token_of_several_cells_is_marked_once(tmp_path):
    told, answer = answered(MERGED)
    arrays = written(tmp_path, told, answer)
    np.testing.assert_array_equal(arrays["once"], [[1, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(arrays["once tile 1"], [[1, 1], [1, 0]])
    assert arrays["once"].dtype == np.bool_
    np.testing.assert_array_equal(arrays["maps"][..., 0, 0], answer.values[..., 5])
    np.testing.assert_array_equal(arrays["maps"][..., 1, 1], answer.values[..., 5])
    only_tile = answer.values[..., [3, 4]].sum(dtype=np.float64)
    assert text(arrays["parts"])["other panes"] == pytest.approx(only_tile)
    plain = written(tmp_path, *answered(PLAIN))
    assert not {"once", "once tile 1"} & set(plain)
    assert "other panes" not in text(plain["parts"])


def test_what_does_not_add_up_has_its_own_parts_alone(tmp_path):
    told, answer = answered(PLAIN, adds=False)
    assert text(written(tmp_path, told, answer)["parts"]) == OWN
    none = replace(answer, parts={})
    assert "parts" not in written(tmp_path, told, none)


def test_what_names_no_rest_claims_no_whole(tmp_path):
    """A gradient's values add up over layers, and make no logit."""
    told, answer = answered(PLAIN)
    answer = replace(answer, parts={}, target_value=9.0)
    arrays = written(tmp_path, told, answer, 1)
    assert "parts" not in arrays
    assert arrays["target_value"] == 9.0


@pytest.mark.parametrize(
    ("target", "explained", "expected"),
    [
        (Target(1), None, (1, "dög", None, None)),
        (Target(1, 0), None, (1, "dög", 0, "cat, tabby")),
        (None, Target(0), (0, "cat, tabby", None, None)),
        (Target(1), Target(1), (1, "dög", None, None)),
        (None, None, None),
    ],
)
def test_the_target_is_named(tmp_path, target, explained, expected):
    told, answer = answered(PLAIN)
    told = replace(told, model=facts(labels=("cat, tabby", "dög")))
    request = Request("evidence", target=target)
    answer = replace(answer, request=request, explained=explained)
    arrays = written(tmp_path, told, answer)
    export = text(arrays["provenance"])["export"]
    if expected is None:
        assert "target" not in {*arrays, *export}
        return
    names = ("index", "label", "minus", "minus_label")
    assert text(arrays["target"]) == dict(zip(names, expected, strict=True))
    assert export["target"] == text(arrays["target"])
    assert arrays["labels"][text(arrays["target"])["index"]] == expected[1]


def test_a_file_claims_no_token_where_none_was_asked_about(tmp_path):
    told, answer = answered(PLAIN)
    export = text(written(tmp_path, told, answer)["provenance"])["export"]
    assert (export["query"], export["direction"]) == (None, None)
    about = replace(told.rows, request=Request(query=Query.patch(1, 2)))
    export = text(written(tmp_path, explanation(), about)["provenance"])["export"]
    assert export["query"] == {"kind": "patch", "row": 1, "col": 2}
    assert export["direction"] == "from"


def test_attention_explains_nothing(tmp_path):
    told = explanation()
    arrays = written(tmp_path, told, told.rows)
    assert not {"target", "target_value", "parts", "once"} & set(arrays)
    assert str(arrays["unit"]) == "share of attention"


def test_a_wall_has_the_same(tmp_path):
    told, answer = answered(PLAIN)
    state = ViewState(method="evidence", target=Target(1), layer=2)
    picture = from_pixels(np.zeros((64, 96, 3), np.uint8), "grey")
    WallShot(picture, resolve(told, answer, state)).write(tmp_path / "wall.npz")
    with np.load(tmp_path / "wall.npz", allow_pickle=False) as file:
        arrays = dict(file)
    parts = text(arrays["parts"])
    total = arrays["maps"].sum(dtype=np.float64) + sum(parts.values())
    assert total == pytest.approx(arrays["target_value"], abs=1e-5)
    assert text(arrays["target"])["label"] == "dog"
    assert str(arrays["unit"]) == "logit"
