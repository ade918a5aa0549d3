"""Weights that lie otherwise than the model has them, or beside others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.corpus.models.case import WEIGHTS, Case, Damage, both, tensors, write

_QUERY = "vit.encoder.layer.1.attention.attention.query"
_AMBER = {"Stored weights": "amber"}
_BOTH = {**_AMBER, "Weights": "amber"}
_SETTINGS = {"peft_type": "LORA", "r": 2, "lora_alpha": 6, "bias": "none"}


def _named(prefix: str) -> Damage:
    return tensors(lambda t: {f"{prefix}{k}": v for k, v in t.items()})


def _twice(first: str, second: str) -> Damage:
    return tensors(
        lambda t: {
            **{f"{first}{k}": v for k, v in t.items()},
            **{f"{second}{k}": 2 * v for k, v in t.items()},
        }
    )


def _lora(held: dict[str, Any]) -> dict[str, Any]:
    import torch

    pair = {"A": torch.ones(2, 32), "B": torch.ones(32, 2)}
    named = {f"{_QUERY}.lora_{k}.default.weight": v for k, v in pair.items()}
    return {**held, **named}


def _moved(name: str) -> Damage:
    return lambda folder: (folder / WEIGHTS).rename(folder / name) and None


def _below(*names: str) -> Damage:
    """Move the model into folders below."""

    def damage(folder: Path) -> None:
        files = [entry for entry in folder.iterdir() if entry.is_file()]
        for name in names:
            (folder / name).mkdir(parents=True)
            for file in files:
                shutil.copy(file, folder / name)
        for file in files:
            file.unlink()

    return damage


CASES = [
    Case("a parallel module", _named("module."), checks=_AMBER),
    Case("a compiled module", _named("_orig_mod."), checks=_AMBER),
    Case("Lightning", _named("model."), checks=_AMBER),
    Case("nested wrappers", _named("state_dict.model.module."), checks=_AMBER),
    Case("names without end", _named("x." * 2000), "not those of its"),
    Case("a prefix of line breaks", _named("\n\u202e."), checks=_AMBER),
    Case("student and teacher", _twice("student.", "teacher."), checks=_BOTH),
    Case("two of unknown names", _twice("a.", "b."), checks=_BOTH),
    Case("two at odds", _twice("module.", ""), checks={"Weights": "amber"}),
    Case("LoRA without its alpha", tensors(_lora), checks={"Weights": "red"}),
    Case(
        "LoRA with its alpha",
        both(tensors(_lora), write("adapter_config.json", json.dumps(_SETTINGS))),
        checks=_AMBER,
    ),
    Case(
        "LoRA with an alpha of 1e999",
        both(
            tensors(_lora),
            write(
                "adapter_config.json",
                json.dumps({**_SETTINGS, "lora_alpha": float("inf")}),
            ),
        ),
        checks={"Weights": "red"},
    ),
    Case(
        "an adapter beside",
        write("adapter_config.json", json.dumps(_SETTINGS)),
        checks=_AMBER,
    ),
    Case("another name", _moved("pytorch_model.safetensors"), checks=_AMBER),
    Case("a name of a part", _moved("model-00001-of-00002.safetensors"), "some of"),
    Case("the only part", _moved("model-00001-of-00001.safetensors"), checks=_AMBER),
    Case("no such part", _moved("model-00000-of-00000.safetensors"), "some of"),
    Case("a Trainer's output", _below("checkpoint-9", "checkpoint-10"), "-10’: open"),
    Case("checkpoints without end", _below(f"checkpoint-{10**11}"), "one below it"),
    Case("two levels below", _below("a/b"), "in ‘a/b’"),
]
