"""Adapters beside a model, among its weights, and merged on request.

The oracle is transformers' own eager attention with W + B·A·scale as a weight.
"""

from __future__ import annotations

import json
import math
import sys
from types import ModuleType

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from tests.composite_zoo import breed_composite
from tests.model_factory import make_model
from tests.models.stored_kit import (
    PICTURE,
    QUERY,
    WEIGHTS,
    checks,
    rewrite,
    rows,
)
from vitviewer.cli.main import main
from vitviewer.engine.engine import Engine
from vitviewer.models.loading import load
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Resolution
from vitviewer.trust import Verdict, overall


@pytest.fixture
def folder(tmp_path):
    return make_model(tmp_path / "model")


def lora(rank=2, seed=3):
    """Return A and B of a query's adapter, large enough to be seen in the maps."""
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(rank, 32, generator=generator),
        torch.randn(32, rank, generator=generator),
    )


def settings(**keys):
    usual = {"peft_type": "LORA", "r": 2, "lora_alpha": 6, "bias": "none"}
    return json.dumps({**usual, "target_modules": ["query"], **keys})


def save_adapter(folder, **keys):
    """Write an adapter as peft does, beside whatever is in a folder."""
    a, b = lora()
    name = f"base_model.model.{QUERY}"
    tensors = {f"{name}.lora_A.weight": a, f"{name}.lora_B.weight": b}
    folder.mkdir(exist_ok=True, parents=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(settings(**keys))


def adapted_rows(folder, scale):
    """Return transformers' own eager attention with W + B·A·scale in one query."""
    model = transformers.ViTForImageClassification.from_pretrained(
        folder, attn_implementation="eager"
    )
    a, b = lora()
    target = dict(model.named_parameters())
    name = next(k for k in target if "layers.1." in k and k.endswith("q_proj.weight"))
    target[name].data += (b.double() @ a.double() * scale).float()
    values, _ = load(str(folder), "cpu").preprocessor.prepare(PICTURE)
    with torch.no_grad():
        seen = model.eval()(torch.as_tensor(values), output_attentions=True).attentions
    return torch.stack([layer[0] for layer in seen])


@pytest.fixture(params=["without peft", "with peft"])
def peft(request, monkeypatch):
    """As if peft were there or not: transformers asks by this name."""
    there = request.param == "with peft"
    monkeypatch.setattr(
        "transformers.integrations.peft.is_peft_available", lambda: there
    )
    if there:
        monkeypatch.setitem(sys.modules, "peft", ModuleType("peft"))


BESIDE = {
    "LoRA": lambda f: save_adapter(f),
    "another kind": lambda f: save_adapter(f, peft_type="IA3"),
    "its settings are broken": lambda f: (f / "adapter_config.json").write_text("{"),
    "weights alone": lambda f: save_file(
        {"x.lora_A.weight": lora()[0]}, f / "adapter_model.safetensors"
    ),
    "in a folder of its own": lambda f: save_adapter(f / "adapters" / "one"),
}


@pytest.mark.parametrize("kind", BESIDE)
def test_an_adapter_beside_a_model_is_not_applied_and_said(folder, kind, peft):
    sound = rows(folder)
    BESIDE[kind](folder)
    assert torch.equal(rows(folder), sound)
    stored = checks(folder)["Stored weights"]
    assert stored.verdict is Verdict.AMBER
    assert "not applied" in stored.reason


def test_inspect_and_the_provenance_say_that_an_adapter_is_not_applied(folder, capsys):
    save_adapter(folder)
    assert main(["inspect", str(folder)]) == 0
    assert "not applied" in capsys.readouterr().out
    engine = Engine()
    engine.load(str(folder), "cpu")
    explained = engine.explain(from_pixels(PICTURE, "p"), Resolution.TRAINED)
    assert "not applied" in json.dumps(explained.provenance)


@pytest.mark.parametrize("base", ["", ".base_layer"])
@pytest.mark.parametrize("name", ["", ".default"])
@pytest.mark.parametrize(
    ("keys", "scale"), [({}, 3.0), ({"use_rslora": True}, 6 / math.sqrt(2))]
)
def test_a_lora_within_the_file_is_merged_where_its_alpha_is_known(
    folder, base, name, keys, scale
):
    expected = adapted_rows(folder, scale)
    plain = rows(folder)
    a, b = lora()

    def edit(held):
        held[f"{QUERY}{base}.weight"] = held.pop(f"{QUERY}.weight")
        bias = held.pop(f"{QUERY}.bias")
        held[f"{QUERY}{base}.bias"] = bias
        return {
            **held,
            f"{QUERY}.lora_A{name}.weight": a,
            f"{QUERY}.lora_B{name}.weight": b,
        }

    rewrite(folder, edit)
    (folder / "adapter_config.json").write_text(settings(**keys))
    shown = rows(folder)
    torch.testing.assert_close(shown, expected.to(shown), atol=2e-5, rtol=0)
    assert (shown - plain).abs().max() > 0.1
    found = checks(folder)
    assert found["Weights"].verdict is Verdict.GREEN
    assert "merged" in found["Stored weights"].reason


UNKNOWN = {
    "no alpha": None,
    "DoRA": settings(use_dora=True),
    "a pattern of alphas": settings(alpha_pattern={"query": 3}),
    "another rank": settings(r=4),
    "an alpha that is no number": settings(lora_alpha="6"),
    "biases": settings(bias="all"),
    "a setting of the future": settings(use_twisted=True),
}


@pytest.mark.parametrize("kind", UNKNOWN)
def test_a_lora_that_cannot_be_merged_is_red(folder, kind):
    a, b = lora()
    pair = {f"{QUERY}.lora_A.default.weight": a, f"{QUERY}.lora_B.default.weight": b}
    rewrite(folder, lambda held: {**held, **pair})
    if UNKNOWN[kind] is not None:
        (folder / "adapter_config.json").write_text(UNKNOWN[kind])
    assert checks(folder)["Weights"].verdict is Verdict.RED
    assert "not merged" in checks(folder)["Weights"].reason


@pytest.mark.parametrize(
    "name",
    [
        f"{QUERY}.ia3_l.default",
        f"{QUERY}.hada_w1_a.default",
        f"{QUERY}.lora_magnitude_vector.default.weight",
        f"{QUERY}.lora_embedding_A.default",
    ],
)
def test_other_kinds_of_adapter_within_the_file_are_red(folder, name):
    rewrite(folder, lambda held: {**held, name: torch.ones(2, 32)})
    (folder / "adapter_config.json").write_text(settings())
    assert overall(load(str(folder), "cpu").facts.trust) is Verdict.RED


def test_a_head_that_was_trained_beside_a_lora_is_taken(folder):
    a, b = lora()
    head = load_file(folder / WEIGHTS)["classifier.weight"] + 1

    def edit(held):
        held["classifier.original_module.weight"] = held.pop("classifier.weight")
        held["classifier.modules_to_save.default.weight"] = head
        pair = {
            f"{QUERY}.lora_A.default.weight": a,
            f"{QUERY}.lora_B.default.weight": b,
        }
        return {**held, **pair}

    rewrite(folder, edit)
    (folder / "adapter_config.json").write_text(
        settings(modules_to_save=["classifier"])
    )
    model = load(str(folder), "cpu")
    assert torch.equal(model.module.classifier.weight, head)
    assert "merged" in checks(folder)["Stored weights"].reason


def save_as_peft(folder, **keys):
    """Write an adapter with the names that peft takes from transformers' modules."""
    a, b = lora()
    name = "base_model.model.vit.layers.1.attention.q_proj"
    tensors = {f"{name}.lora_A.weight": a, f"{name}.lora_B.weight": b}
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(settings(**keys))


@pytest.mark.parametrize("place", ["beside", "alone"])
def test_an_adapter_is_merged_on_request(folder, tmp_path, place, capsys):
    expected = adapted_rows(folder, 3.0)
    adapter = folder if place == "beside" else tmp_path / "adapter"
    save_as_peft(adapter)
    new = tmp_path / "new" / "model"
    assert main(["merge", str(folder), str(adapter), str(new)]) == 0
    assert "open it now" in capsys.readouterr().out
    shown = rows(new)
    torch.testing.assert_close(shown, expected.to(shown), atol=2e-5, rtol=0)
    assert overall(load(str(new), "cpu").facts.trust) is Verdict.GREEN
    assert [p.name for p in new.parent.iterdir()] == ["model"]
    assert main(["merge", str(folder), str(adapter), str(new)]) == 1
    assert "exists already" in capsys.readouterr().err


MERGES_NOT = {
    "another kind": lambda f: save_as_peft(f, peft_type="IA3"),
    "DoRA": lambda f: save_as_peft(f, use_dora=True),
    "another base": lambda f: save_file(
        {"x.lora_A.weight": lora()[0], "x.lora_B.weight": lora()[1]},
        f / "adapter_model.safetensors",
    ),
    "no adapter": lambda f: (f / "adapter_config.json").unlink(),
    "damaged": lambda f: (f / "adapter_model.safetensors").write_bytes(b"x"),
}


@pytest.mark.parametrize("kind", MERGES_NOT)
def test_what_cannot_be_merged_is_refused_and_nothing_written(folder, tmp_path, kind):
    adapter = tmp_path / "adapter"
    save_as_peft(adapter)
    MERGES_NOT[kind](adapter)
    assert main(["merge", str(folder), str(adapter), str(tmp_path / "new")]) == 1
    assert not (tmp_path / "new").exists()


def test_an_adapter_of_the_language_model_leaves_the_encoder_green(tmp_path):
    breed_composite(tmp_path / "model", "LlavaForConditionalGeneration")
    name = "model.language_model.layers.0.self_attn.q_proj.lora_A.default.weight"
    rewrite(tmp_path / "model", lambda held: {**held, name: lora()[0]})
    assert checks(tmp_path / "model")["Weights"].verdict is Verdict.GREEN
