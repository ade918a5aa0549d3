"""Numbers that overflow: red, no map and no prediction, and float32 where it helps."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import vitviewer as vv
from tests.corpus.models.not_finite import CASES, WHITE_OVERFLOWS
from tests.model_factory import make_model
from vitviewer.capture.verification import Witness
from vitviewer.cli.main import main
from vitviewer.engine.engine import Engine
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Precision, Query, Request
from vitviewer.trust import NotFiniteError, Verdict, overall

WHITE = from_pixels(np.full((40, 50, 3), 255, np.uint8), "white.png")
GREY = from_pixels(np.full((40, 50, 3), 127, np.uint8), "grey.png")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    bases = {"vit": "vit", "dinov2": "dinov2"}
    return {name: make_model(folder / name, kind) for name, kind in bases.items()}


@pytest.fixture
def halved(sound, tmp_path):
    """A float16 model that overflows on white and not on grey."""
    folder = tmp_path / "halved"
    shutil.copytree(sound["vit"], folder)
    WHITE_OVERFLOWS(folder)
    return folder


def save_picture(folder, name, pixels):
    """Write a picture to open."""
    Image.fromarray(pixels).save(folder / name)
    return folder / name


def own_attention(folder, dtype, picture):
    """Return the class token's rows, by transformers' own eager attention."""
    model = transformers.ViTForImageClassification.from_pretrained(
        folder, attn_implementation="eager", dtype=dtype
    )
    values = torch.full((1, 3, 32, 32), picture / 127.5 - 1.0, dtype=dtype)
    with torch.no_grad():
        output = model.eval()(values, output_attentions=True)
    return torch.stack([a[0, :, 0] for a in output.attentions]).float().numpy()


def test_an_overflow_is_told_and_float32_is_right(halved):
    engine = Engine()
    assert engine.load(halved, "cpu").dtype == "float16"
    right = engine.explain(GREY)
    assert overall(right.trust) is Verdict.GREEN
    assert (
        np.abs(right.rows.values - own_attention(halved, torch.float16, 127)).max()
        < 1e-2
    )
    with pytest.raises(NotFiniteError, match="overflows in float16 on this picture"):
        engine.explain(WHITE)
    with pytest.raises(NotFiniteError, match="--precision float32") as caught:
        engine.explain(WHITE)
    assert overall(caught.value.checks) is Verdict.RED
    assert any(
        "overflows in float16 on this picture" in c.reason for c in caught.value.checks
    )

    facts = engine.load(halved, "cpu", precision=Precision.FLOAT32)
    assert (facts.dtype, facts.published, facts.is_widened) == (
        "float32",
        "float16",
        True,
    )
    widened = engine.explain(WHITE)
    assert overall(widened.trust) is Verdict.AMBER
    wanted = own_attention(halved, torch.float32, 255)
    np.testing.assert_allclose(widened.rows.values, wanted, atol=1e-5)
    assert widened.provenance["published_dtype"] == "float16"


def test_float32_is_no_other_precision_for_float32(sound):
    facts = Engine().load(sound["vit"], "cpu", precision=Precision.FLOAT32)
    assert not facts.is_widened
    assert not facts.can_widen


def test_questions_stay_about_the_picture_before(halved):
    engine = Engine()
    engine.load(halved, "cpu")
    before = engine.explain(GREY)
    with pytest.raises(NotFiniteError):
        engine.explain(WHITE)
    again = engine.answer(Request(query=engine.need_model().facts.default_query))
    assert np.array_equal(again.values, before.rows.values)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if "Activations" in case.checks],
    ids=lambda c: c.name,
)
def test_nothing_is_made_of_what_is_not_finite(case, sound, tmp_path, capfd):
    folder = tmp_path / "model"
    shutil.copytree(sound[case.base], folder)
    case.damage(folder)
    model = vv.load_model(folder, "cpu")
    with pytest.raises(vv.ModelError, match=r"overflows in|not finite"):
        model.record(WHITE)
    picture = save_picture(tmp_path, "white.png", WHITE.pixels)
    for form in ("png", "npz"):
        given = [str(picture), "--model", str(folder), "--format", form]
        assert main(["export", *given, "--out", str(tmp_path / form)]) == 1
        assert not list((tmp_path / form).iterdir())
    assert "white.png: The model" in capfd.readouterr().err


def test_one_token_of_the_last_layer_is_enough(sound):
    model = vv.load_model(sound["vit"], "cpu")
    engine = Engine.of(model._model)
    last = model._model.module.vit.layers[-1].attention

    def spoil(_module, _inputs, output):
        output[:, 5] = float("nan")
        return output

    parts = [
        part
        for name, part in last.named_modules()
        if name.endswith(("query", "q_proj"))
    ]
    handle = parts[0].register_forward_hook(spoil)
    try:
        run = model._model.run(GREY.pixels)
        assert torch.isfinite(run.recording.rows(0)).all()
        with pytest.raises(NotFiniteError, match="overflows in float32"):
            engine.explain(GREY)
    finally:
        handle.remove()


def test_an_answer_that_is_not_finite_is_none(sound):
    engine = Engine()
    engine.load(sound["vit"], "cpu")
    engine.explain(GREY)
    assert engine._run is not None
    layer = engine._run.recording.layers[-1]
    layer.query[:, 7] = float("nan")
    with pytest.raises(NotFiniteError, match="no map of it"):
        engine.answer(Request(query=Query.patch(1, 2)))
    assert np.isfinite(engine.answer(Request(query=Query.patch(0, 0))).values).all()


def test_the_witness_looks_at_every_token(sound):
    run = Engine()
    run.load(sound["vit"], "cpu")
    layer = run.need_model().run(GREY.pixels).recording.layers[0]
    witness = Witness()
    output = torch.zeros(4, 17, 8)
    output[2, 11, 3] = float("inf")
    witness.note(layer, torch.zeros(4, 17, 8), output)
    assert not witness.is_finite


def test_the_command_line_takes_float32(halved, tmp_path, capfd):
    picture, out = save_picture(tmp_path, "white.png", WHITE.pixels), tmp_path / "out"
    wide = ["--model", str(halved), "--precision", "float32"]
    given = [str(picture), "--out", str(out), "--format", "npz"]
    assert main(["export", *given, *wide]) == 0
    with np.load(out / "white.npz") as saved:
        assert np.isfinite(saved["maps"]).all()
        assert json.loads(str(saved["provenance"]))["dtype"] == "float32"
    assert main(["inspect", str(halved), "--precision", "float32"]) == 0
    assert "float32, widened from float16" in capfd.readouterr().out


def test_a_red_model_s_export_says_so_in_one_line(sound, tmp_path, capfd):
    from safetensors.torch import load, save_file

    folder = tmp_path / "red"
    shutil.copytree(sound["vit"], folder)
    weights = folder / "model.safetensors"
    held = load(weights.read_bytes())
    del held[next(name for name in held if "layer.1" in name)]
    weights.unlink()
    save_file(held, weights, metadata={"format": "pt"})
    picture = save_picture(tmp_path, "grey.png", GREY.pixels)
    given = [str(picture), "--model", str(folder), "--out", str(tmp_path)]
    assert main(["export", *given, "--format", "npz"]) == 0
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "red: do not trust this: Weights: 1 of" in lines[0]
