"""`export --target`: the class that is meant is explained, or nothing is opened."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage
from numpy.typing import NDArray
from PIL import Image

from tests.methods.planting import evidence, shares, weight_of
from tests.model_factory import make_model
from vitviewer.api.model import load_model
from vitviewer.cli import export as exporting
from vitviewer.cli.arguments import export_parser
from vitviewer.cli.main import main
from vitviewer.queries import Target
from vitviewer.system.resources import root

CAT = Path(skimage.__file__).parent / "data" / "chelsea.png"
SAMPLE = root() / "samples" / "shapes" / "ring.png"
LABELS = ("tabby, tabby cat", "T-shirt", "dog, domestic dog", "crane", "crane")


@pytest.fixture(autouse=True, scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with evidence(tmp_path_factory.mktemp("method")) as method:
        yield method


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny ViT of 3 layers, 4 heads and 4 × 4 patches."""
    names = dict(enumerate(LABELS))
    return make_model(tmp_path_factory.mktemp("vit"), "vit", id2label=names)


def export(model: Path, out: Path, *words: str) -> int:
    start = ["export", str(CAT), "--model", str(model), "--out", str(out)]
    return main([*start, "--device", "cpu", *words])


def exported(model: Path, out: Path, *words: str) -> dict[str, NDArray[Any]]:
    assert export(model, out, "--format", "npz", "--method", "evidence", *words) == 0
    with np.load(out / "chelsea.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("domestic dog", Target(2)),
        ("t-shirt", Target(1)),
        ("4", Target(4)),
        ("tabby-T-shirt", Target(0, 1)),
        ("dog-3", Target(2, 3)),
        ("0 - 2", Target(0, 2)),
    ],
)
def test_all_layers_and_heads(
    model: Path, tmp_path: Path, text: str, target: Target
) -> None:
    words = ("--target", text, "--layer", "all", "--head", "all")
    arrays = exported(model, tmp_path, *words)
    weight, exact = weight_of(target), shares(3, 4, 17)
    expected = (weight * exact)[..., 1:].reshape(3, 4, 4, 4)
    np.testing.assert_array_equal(arrays["maps"], expected)
    np.testing.assert_array_equal(arrays["prefix"], (weight * exact)[..., :1])
    named = json.loads(str(arrays["target"]))
    assert (named["index"], named["minus"]) == (target.index, target.minus)
    assert named["label"] == LABELS[target.index]
    assert str(arrays["unit"]) == "logit"
    parts = json.loads(str(arrays["parts"]))
    assert parts == {
        "embedding": 0.25 * weight,
        "biases": -1.5 * weight,
        "prefix": pytest.approx(weight * exact[..., 0].sum()),
        "others": 0.0,
    }
    value = weight * (exact.sum() - 1.25)
    assert float(arrays["target_value"]) == pytest.approx(value)
    total = arrays["maps"].sum(dtype=np.float64) + sum(parts.values())
    assert total == pytest.approx(value)


@pytest.mark.parametrize(
    ("words", "layers", "heads"),
    [
        ((), [2], slice(None)),
        (("--layer", "1"), [0], slice(None)),
        (("--layer", "2", "--head", "3"), [1], slice(2, 3)),
        (("--layer", "all"), [0, 1, 2], slice(None)),
        (("--what", "wall"), None, None),
    ],
)
def test_what_is_left_out_stands_in_the_parts(
    model: Path,
    tmp_path: Path,
    words: tuple[str, ...],
    layers: list[int] | None,
    heads: slice | None,
) -> None:
    command = ("--format", "npz", "--method", "evidence", "--target", "dog", *words)
    assert export(model, tmp_path, *command) == 0
    (path,) = tmp_path.glob("*.npz")
    with np.load(path, allow_pickle=False) as file:
        arrays = dict(file)
    exact = weight_of(Target(2)) * shares(3, 4, 17)
    if layers is not None:
        chosen = exact[layers][:, heads].sum(axis=1, keepdims=True)
        expected = chosen[..., 1:].reshape(-1, 1, 4, 4)
        np.testing.assert_allclose(arrays["maps"], expected, rtol=1e-6)
    parts = json.loads(str(arrays["parts"]))
    total = arrays["maps"].sum(dtype=np.float64) + sum(parts.values())
    assert total == pytest.approx(float(arrays["target_value"]))
    assert float(arrays["target_value"]) == pytest.approx(exact.sum() - 3.75)


def test_the_predicted_class_is_explained_where_none_is_named(
    model: Path, tmp_path: Path
) -> None:
    arrays = exported(model, tmp_path)
    best = int(arrays["logits"].argmax())
    named = json.loads(str(arrays["target"]))
    assert (named["index"], named["label"]) == (best, LABELS[best])
    weight = best + 1.0
    exact = shares(3, 4, 17)
    assert float(arrays["target_value"]) == pytest.approx(weight * (exact.sum() - 1.25))


def test_a_png_shows_the_class_and_says_so(model: Path, tmp_path: Path) -> None:
    words = ("--method", "evidence", "--target", "T-shirt-dog")
    assert export(model, tmp_path, *words) == 0
    record = load_model(model, "cpu").record(CAT)
    shown = record.map(method="evidence", target=("T-shirt", "dog"))
    with Image.open(tmp_path / "chelsea.png") as file:
        pixels, text = np.asarray(file), json.dumps(file.text)
    np.testing.assert_array_equal(pixels, shown.overlay().pixels)
    assert "evidence for T-shirt rather than dog in layer 3, sum of 4 heads" in text


@pytest.mark.parametrize(
    "words", [(), ("--layer", "all", "--head", "all"), ("--layer", "1", "--head", "2")]
)
def test_the_logit_budget_makes_the_logit(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    command = ("export", str(SAMPLE), "--device", "cpu", "--out", str(tmp_path))
    asked = ("--method", "budget", "--format", "npz", "--target", "ring-star")
    assert main([*command, *asked, *words]) == 0
    with np.load(tmp_path / f"{SAMPLE.stem}.npz", allow_pickle=False) as file:
        arrays = dict(file)
    labels, logits = arrays["labels"].tolist(), arrays["logits"].astype(np.float64)
    number = logits[labels.index("ring")] - logits[labels.index("star")]
    assert float(arrays["target_value"]) == pytest.approx(number, abs=1e-4)
    parts = json.loads(str(arrays["parts"]))
    total = arrays["maps"].sum(dtype=np.float64) + sum(parts.values())
    assert total == pytest.approx(number, abs=1e-4)
    assert str(arrays["unit"]) == "logit"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "dgo"), "--target: ‘dgo’ is no class of the model, which has 5: "
         "near it is ‘dog, domestic dog’"),
        (("--target", "5"), "‘5’ is no class of the model, which has 5, counted from"),
        (("--target", "crane"), "‘crane’ may be several classes: write 3 for"),
        (("--target", "dog-crane"), "‘crane’ may be several classes"),
        (("--target", "dog-horse"), "‘horse’ is no class"),
        (("--target", "dog-2"), "‘dog, domestic dog’ minus itself is always 0"),
        (("--target", ""), "‘’ is no class"),
        (("--target", "dog", "--query", "1,1"), "--query: evidence is asked about no "
         "token, leave --query out"),
        (("--query", "cls"), "--query: evidence is asked about no token"),
        (("--head", "max"), "--head max: the heads of evidence add up"),
        (("--target", "dog", "--method", "attention"), "--target: attention explains "
         "no class, leave --target out, or choose --method budget or "),
        (("--target", "dog", "--method", "rollout"), "rollout explains no class"),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_said_before_a_picture_is_opened(
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    message: str,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(exporting, "open_image", opened.append)
    assert export(model, tmp_path, "--method", "evidence", *words) == 2
    told = capsys.readouterr().err
    assert message in told
    assert len(told.splitlines()) == 1
    assert not opened
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_classes_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make_model(tmp_path / "bare", "dinov2")
    words = ("--method", "evidence", "--target", "0")
    assert export(folder, tmp_path / "out", *words) == 2
    assert "has no classes that could be explained" in capsys.readouterr().err


def test_the_numbers_of_a_regression_are_explained(tmp_path: Path) -> None:
    kind = {"problem_type": "regression", "id2label": {0: "age", 1: "height"}}
    folder = make_model(tmp_path / "numbers", "vit", **kind)
    arrays = exported(folder, tmp_path, "--target", "height-age")
    named = json.loads(str(arrays["target"]))
    assert (named["label"], named["minus_label"]) == ("height", "age")


def test_help_tells_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        export_parser().parse_args(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--target CLASS|INDEX|A-B" in told
    assert re.search(r"methods that explain one \(budget, [^)]*evidence\)", told)
    assert "(default: the predicted class)" in told
