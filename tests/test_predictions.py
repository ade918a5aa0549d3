"""What a model answers, as it is: classes in percent, a regression's as numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import vitviewer as vv
from tests.model_factory import make_model
from vitviewer.cli.main import main
from vitviewer.engine.engine import Engine
from vitviewer.export.snapshot import Snapshot
from vitviewer.maps.resolve import resolve
from vitviewer.maps.state import ViewState
from vitviewer.models.borrowing import borrow
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Resolution

GREY = from_pixels(np.full((32, 32, 3), 127, np.uint8), "grey.png")
ONE = {"id2label": {0: "LABEL_0"}}
THREE = {"id2label": dict(enumerate("xyz")), "problem_type": "regression"}


def own_logits(folder):
    """Return what transformers' own forward pass puts out for grey."""
    model = transformers.AutoModelForImageClassification.from_pretrained(folder)
    with torch.no_grad():
        values = torch.full((1, 3, 32, 32), 127 / 127.5 - 1.0)
        return model.eval()(values).logits[0].numpy()


def relabelled(folder, table):
    """Put a table of classes into a model's config.json."""
    file = folder / "config.json"
    known = json.loads(file.read_text())
    file.write_text(json.dumps({**known, "id2label": table, "label2id": None}))
    return folder


@pytest.mark.parametrize(
    ("kind", "config", "labels"),
    [
        ("vit", ONE, ["value"]),
        ("vit", {"id2label": {0: "age"}}, ["age"]),
        ("deit-teacher", ONE, ["value"]),
        ("vit", THREE, ["x", "y", "z"]),
        (
            "dinov2-classifier",
            {"id2label": {0: "LABEL_0", 1: "LABEL_1"}, "problem_type": "regression"},
            ["value 1", "value 2"],
        ),
    ],
)
def test_a_regression_is_its_numbers(kind, config, labels, tmp_path, capfd):
    folder = make_model(tmp_path / "model", kind, **config)
    model = vv.load_model(folder, "cpu")
    record = model.record(GREY)
    wanted = own_logits(folder) if kind == "vit" else record.logits
    shown = record.predictions()
    assert [one.label for one in shown] == labels
    assert [one.probability for one in shown] == [None] * len(labels)
    np.testing.assert_allclose([one.value for one in shown], wanted, atol=1e-5)
    assert str(shown[0]) == f"{labels[0]}: {shown[0].value:.4g}"
    assert model.facts.problem == "regression"

    assert main(["inspect", str(folder)]) == 0
    assert (
        f"{len(labels)}, numbers as they are (regression): " in capfd.readouterr().out
    )
    Image.fromarray(GREY.pixels).save(tmp_path / "grey.png")
    given = [str(tmp_path / "grey.png"), "--model", str(folder), "--format", "npz"]
    assert main(["export", *given, "--out", str(tmp_path)]) == 0
    with np.load(tmp_path / "grey.npz") as saved:
        assert json.loads(str(saved["provenance"]))["problem"] == "regression"
        np.testing.assert_allclose(saved["logits"], wanted, atol=1e-5)
        assert list(saved["labels"]) == labels


def test_a_regression_in_a_caption(tmp_path):
    engine = Engine()
    engine.load(make_model(tmp_path, **THREE), "cpu")
    explained = engine.explain(GREY, Resolution.TRAINED)
    state = ViewState()
    state.fit_to(explained.model)
    caption = Snapshot(GREY, resolve(explained, explained.rows, state)).caption()[-1]
    numbers = ", ".join(
        f"{n}: {v:.4g}" for n, v in zip("xyz", explained.logits, strict=True)
    )
    assert caption == f"predicted: {numbers}"
    assert "%" not in caption


def test_one_label_of_its_own_is_its_sigmoid(tmp_path):
    problem = "multi_label_classification"
    folder = make_model(tmp_path, problem_type=problem, **ONE)
    (shown,) = vv.load_model(folder, "cpu").record(GREY).predictions()
    wanted = 1 / (1 + np.exp(-np.float64(own_logits(folder)[0])))
    assert shown.probability == pytest.approx(wanted, abs=1e-5)


def test_a_borrowed_regression(tmp_path):
    folder = make_model(tmp_path, **ONE)
    module = transformers.ViTForImageClassification.from_pretrained(folder)
    facts = borrow(module.eval(), transformers.ViTImageProcessorPil()).facts
    assert (facts.problem, facts.labels) == ("regression", ("value",))


def test_classes_in_percent_are_the_softmax(tmp_path):
    folder = make_model(tmp_path)
    logits = own_logits(folder).astype(np.float64)
    wanted = np.exp(logits) / np.exp(logits).sum()
    shown = vv.load_model(folder, "cpu").record(GREY).predictions(3)
    order = np.argsort(-wanted)[:3]
    assert [one.index for one in shown] == list(order)
    np.testing.assert_allclose(
        [one.probability for one in shown], wanted[order], atol=1e-5
    )


@pytest.mark.parametrize(
    ("table", "labels"),
    [
        (
            {"0": "cat", "1": 4, "2": "x", "3": "y", "4": "z"},
            ["cat", "4", "x", "y", "z"],
        ),
        ({str(i): i * 1.5 for i in range(5)}, ["0.0", "1.5", "3.0", "4.5", "6.0"]),
        ({"0": None, "4": "z"}, ["class 0", "class 1", "class 2", "class 3", "z"]),
        (
            {"3": ["a", 2, None], "4": []},
            ["class 0", "class 1", "class 2", "a, 2", "class 4"],
        ),
        (
            {"0": True, "1": False, "4": {}},
            ["true", "false", "class 2", "class 3", "class 4"],
        ),
        (dict.fromkeys("01234", "same"), ["same"] * 5),
        ({"0": float("nan"), "4": float("inf")}, [f"class {i}" for i in range(5)]),
        (
            {"0": -1, "1": 0, "4": 10**20},
            ["-1", "0", "class 2", "class 3", str(10**20)],
        ),
        ({"4": "  \t "}, [f"class {i}" for i in range(5)]),
    ],
)
def test_names_of_classes_are_what_the_json_says(table, labels, tmp_path):
    folder = relabelled(make_model(tmp_path), table)
    facts = vv.load_model(folder, "cpu").facts
    assert list(facts.labels) == labels
    assert facts.problem == "classification"


def test_a_long_name_is_cut(tmp_path):
    folder = relabelled(make_model(tmp_path), {"0": "long " * 2000, "4": "z"})
    assert len(vv.load_model(folder, "cpu").facts.labels[0]) < 200


@pytest.mark.parametrize("base", ["google/vit-base", None, 7, "<b>x</b>\n"])
def test_an_adapter_alone_says_what_to_do(base, tmp_path, capfd):
    settings = {"peft_type": "LORA", "base_model_name_or_path": base}
    (tmp_path / "adapter_config.json").write_text(json.dumps(settings))
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(vv.ModelError, match="holds an adapter alone") as caught:
        vv.load_model(tmp_path, "cpu")
    assert "`vitviewer merge BASE" in str(caught.value)
    assert str(caught.value).isprintable()
    named = isinstance(base, str)
    assert ("with its base, ‘" in str(caught.value)) is named
    assert main(["inspect", str(tmp_path)]) == 1
    assert "`vitviewer merge BASE" in capfd.readouterr().err


def test_a_damaged_adapter_alone_says_so_too(tmp_path):
    (tmp_path / "adapter_config.json").write_text("{")
    with pytest.raises(vv.ModelError, match="holds an adapter alone"):
        vv.load_model(tmp_path, "cpu")
