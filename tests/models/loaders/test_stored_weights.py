"""Weights that are stored otherwise than the model has them: wrapped, two, scaled.

Each file is made of a sound one, whose maps are the oracle: what opens from the changed
file must show them, or say that it does not.
"""

from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.model_factory import make_model
from tests.models.stored_kit import (
    QUERY,
    WEIGHTS,
    checks,
    noisy,
    prefixed,
    rewrite,
    rows,
)
from vitviewer.cli.main import main
from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.conversion import convert
from vitviewer.models.loading import load
from vitviewer.trust import Verdict


@pytest.fixture
def folder(tmp_path):
    return make_model(tmp_path / "model")


WRAPPED = {
    "DataParallel": (prefixed("module."), "module"),
    "compiled": (prefixed("_orig_mod."), "_orig_mod"),
    "compiled and parallel": (prefixed("module._orig_mod."), "module"),
    "Lightning": (prefixed("model."), "model"),
    "Lightning and compiled": (prefixed("model._orig_mod."), "model"),
    "an attribute of any name": (prefixed("net.backbone."), "net.backbone"),
    "peft": (prefixed("base_model.model."), "base_model"),
    "FSDP within": (
        lambda held: {
            k.replace("layer.1.", "layer.1._fsdp_wrapped_module."): v
            for k, v in held.items()
        },
        "_fsdp",
    ),
    "some of them": (
        lambda held: {
            k if "classifier" in k else f"module.{k}": v for k, v in held.items()
        },
        "module",
    ),
    "the encoder alone": (
        lambda held: {
            k if "classifier" in k else f"model.{k}": v for k, v in held.items()
        },
        "model",
    ),
}


@pytest.mark.parametrize("kind", WRAPPED)
def test_a_wrapper_s_prefix_is_taken_off_and_said(folder, kind):
    edit, word = WRAPPED[kind]
    sound = rows(folder)
    rewrite(folder, edit)
    assert torch.equal(rows(folder), sound)
    found = checks(folder)
    assert found["Weights"].verdict is Verdict.GREEN, found["Weights"].reason
    assert found["Stored weights"].verdict is Verdict.AMBER
    assert word in found["Stored weights"].reason
    assert load(str(folder), "cpu").facts.labels is not None


TWO = {
    "student and teacher": ("teacher.", "student."),
    "student first, each wrapped": ("teacher.", "student.module."),
    "a model and its average": ("model_ema.module.", "model."),
    "in a table": ("state_dict.ema.", "state_dict.model."),
}


@pytest.mark.parametrize("kind", TWO)
def test_of_two_models_the_one_that_is_shown_is_named(folder, kind):
    shown, other = TWO[kind]
    sound = rows(folder)
    rewrite(folder, lambda h: {**prefixed(other)(noisy(h)), **prefixed(shown)(h)})
    assert torch.equal(rows(folder), sound)
    reason = checks(folder)["Stored weights"].reason
    first, last = (name.replace(".module", "")[:-1] for name in (shown, other))
    assert f"shown is ‘{first}" in reason
    assert last.rpartition(".")[2] in reason


def test_shards_under_another_prefix(folder):
    sound = rows(folder)
    held = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    names = sorted(held)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, part in halves.items():
        save_file({f"module.{k}": held[k] for k in part}, folder / file)
    where = {f"module.{k}": file for file, part in halves.items() for k in part}
    index = {"metadata": {"total_size": 1}, "weight_map": where}
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))
    assert torch.equal(rows(folder), sound)
    assert checks(folder)["Stored weights"].verdict is Verdict.AMBER


def test_another_model_s_weights_are_still_refused(folder):
    rewrite(folder, lambda h: {f"x.{k}.y": v for k, v in h.items()})
    with pytest.raises(ModelError, match="not those of its"):
        load(str(folder), "cpu")


CHECKPOINTS = {
    "Lightning": lambda h: {"state_dict": prefixed("model.")(h), "epoch": 3},
    "DeepSpeed": lambda h: {"module": h, "optimizer": {"state": {0: noisy(h)}}},
    "DINO": lambda h: {
        "student": prefixed("module.backbone.")(noisy(h)),
        "teacher": prefixed("backbone.")(h),
        "optimizer": {},
    },
    "an average": lambda h: {"model": noisy(h), "model_ema": {"module": h}},
    "a compiled one": prefixed("_orig_mod."),
    "parallel in a table": lambda h: {"model": prefixed("module.")(h), "args": {}},
}


@pytest.mark.parametrize("kind", CHECKPOINTS)
def test_a_training_program_s_pickle_opens_once_it_is_converted(folder, kind):
    sound = rows(folder)
    held = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    torch.save(CHECKPOINTS[kind](dict(held)), folder / "pytorch_model.bin")
    said = []
    convert(folder, said.append)
    assert torch.equal(rows(folder), sound)
    if kind in ("DINO", "an average"):
        taken = "teacher" if kind == "DINO" else "model_ema"
        assert f"‘{taken}’ was taken" in " ".join(said)


def test_convert_does_not_promise_what_the_folder_lacks(folder, capsys):
    held = load_file(folder / WEIGHTS)
    torch.save({"model": held}, folder / "checkpoint.pth")
    (folder / WEIGHTS).unlink()
    (folder / "config.json").unlink()
    assert main(["convert", str(folder)]) == 0
    assert "needs config.json" in capsys.readouterr().out


def as_dtype(part, dtype):
    return lambda held: {k: v.to(dtype) if part in k else v for k, v in held.items()}


def beside_weight(name, value):
    return lambda held: {**held, f"{QUERY}.{name}": value}


@pytest.mark.parametrize(
    "edit",
    [
        as_dtype("intermediate.dense", torch.float8_e4m3fn),
        as_dtype("output.dense.weight", torch.float8_e5m2),
        as_dtype("layernorm_after.bias", torch.float8_e4m3fn),
        as_dtype("layer.2.intermediate.dense.weight", torch.int8),
        beside_weight("weight_scale", torch.ones(1)),
        beside_weight("weight_scale_inv", torch.ones(1, 1)),
        beside_weight("SCB", torch.ones(32)),
        beside_weight("weight.absmax", torch.ones(4)),
        beside_weight("qzeros", torch.ones(4, dtype=torch.int32)),
        beside_weight("weight_packed", torch.ones(4, dtype=torch.int32)),
    ],
)
def test_weights_that_are_quantised_in_part_are_refused(folder, edit):
    rewrite(folder, edit)
    with pytest.raises(ModelError, match="quantised"):
        load(str(folder), "cpu")
