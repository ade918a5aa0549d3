"""A stranger's model folder: one sentence why not, or a model that is what it says."""

from __future__ import annotations

import json
import os
import struct
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.model_factory import make_model
from vitviewer.capture import attention_function as capture
from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.config import labels, read
from vitviewer.models.loading import load

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path):
    return make_model(tmp_path / "model")


def change(folder: Path, file: str = "config.json", **changes: object) -> None:
    """Change keys of a JSON file; None removes one."""
    content = json.loads((folder / file).read_text())
    content.update(changes)
    kept = {k: v for k, v in content.items() if v is not None}
    (folder / file).write_text(json.dumps(kept))


def change_weights(folder: Path, edit) -> None:
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    save_file(edit(tensors), folder / WEIGHTS, metadata={"format": "pt"})


def replace(folder: Path, name: str, content: bytes) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_bytes(content)


def fifo(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)


def only_pickle(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "pytorch_model.bin")
    (folder / WEIGHTS).unlink()


def shards(folder: Path, *names: object) -> None:
    """Move the weights behind an index that names these shards."""
    weight_map = {str(i): name for i, name in enumerate(names)}
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    (folder / WEIGHTS).rename(folder.parent / "outside.safetensors")


def not_finite(tensors):
    tensors["classifier.weight"][0, 0] = float("nan")
    return tensors


def whole_numbers(tensors):
    return {k: (v * 100).to(torch.int8) for k, v in tensors.items()}


def header(length: int, text: bytes) -> bytes:
    return struct.pack("<Q", length) + text


CONFIGS = {
    "not JSON": (b"{", "not valid JSON"),
    "not text": (b"\xff\xfe\x00", "not valid JSON"),
    "deep": (b"[" * 100_000, "not valid JSON"),
    "a list": (b"[]", "does not describe a model"),
    "empty": (b"", "not valid JSON"),
    "no type": (b"{}", "names no model_type"),
    "type no text": (b'{"model_type": ["vit"]}', "names no model_type"),
}
SETTINGS = {
    "unknown": ({"model_type": "frobnicator"}, "‘frobnicator’ are not known"),
    "markup": ({"model_type": "<b>\nvit"}, "not known"),
    "swin": ({"model_type": "swin"}, "attends within windows.*ViT, DINOv2 or SigLIP"),
    "segformer": ({"model_type": "segformer"}, "pools its tokens"),
    "hiera": ({"model_type": "hiera"}, "pools its tokens"),
    "resnet": ({"model_type": "resnet"}, "convolutional"),
    "bert": ({"model_type": "bert"}, "reads text"),
    "minus one layer": ({"num_hidden_layers": -1}, "num_hidden_layers .-1."),
    "no layers": ({"num_hidden_layers": 0}, "num_hidden_layers"),
    "a bomb of layers": ({"num_hidden_layers": 100_000}, "num_hidden_layers"),
    "layers not there": ({"num_hidden_layers": 200}, "too few for its config"),
    "a huge width": ({"hidden_size": 16_384}, "too few for its config"),
    "another width": ({"hidden_size": 16}, "of another shape"),
    "a width in quotes": ({"hidden_size": "32"}, "hidden_size .32."),
    "a broken width": ({"hidden_size": 32.5}, "hidden_size"),
    "heads do not divide": ({"num_attention_heads": 5}, "does not divide"),
    "no heads": ({"num_attention_heads": 0}, "num_attention_heads"),
    "heads are true": ({"num_attention_heads": True}, "num_attention_heads"),
    "no patch": ({"patch_size": 0}, "patch_size"),
    "patches of words": ({"patch_size": ["a", "b"]}, "patch_size"),
    "a bomb of classes": ({"id2label": {"300000000": "x"}}, "300000001 classes"),
    "a count of classes": ({"num_labels": 300_000_000}, "num_labels"),
    "negative classes": ({"id2label": {"-1": "x"}}, "claims"),
    "classes in a list": ({"id2label": ["a", "b"]}, "no table of classes"),
    "classes by name": ({"id2label": {"a": "b"}}, "no table of classes"),
    "activation": ({"hidden_act": "nope"}, "could not be loaded"),
    "dtype": ({"dtype": "float7"}, "impossible dtype"),
    "quantised": ({"quantization_config": {"quant_method": "x"}}, "quantised"),
}
PROCESSORS = {
    "no spread": ({"image_std": [0, 0, 0]}, "image_std"),
    "a bomb of pixels": ({"size": {"height": 60_000, "width": 60_000}}, "impossible"),
    "unknown": ({"image_processor_type": "Nope"}, "‘Nope’ is not supported"),
}
FILES = {
    "config is a FIFO": (lambda f: fifo(f, "config.json"), "not a regular file"),
    "weights are a FIFO": (lambda f: fifo(f, WEIGHTS), "not a regular file"),
    "no weights": (lambda f: (f / WEIGHTS).unlink(), "no weights"),
    "pickle alone": (only_pickle, "pickle.*vitviewer convert .*model"),
    "cut short": (
        lambda f: replace(f, WEIGHTS, (f / WEIGHTS).read_bytes()[:-9]),
        "damaged or was not downloaded whole",
    ),
    "too long": (
        lambda f: replace(f, WEIGHTS, (f / WEIGHTS).read_bytes() + b"more"),
        "damaged",
    ),
    "empty weights": (lambda f: replace(f, WEIGHTS, b""), "damaged"),
    "a web page": (lambda f: replace(f, WEIGHTS, b"<!DOCTYPE html>" * 9), "damaged"),
    "git-lfs": (
        lambda f: replace(f, WEIGHTS, b"version https://git-lfs.github.com/spec/v1\n"),
        "git lfs pull",
    ),
    "a huge header": (
        lambda f: replace(f, WEIGHTS, header(1 << 60, b"{}")),
        "damaged",
    ),
    "a header of words": (lambda f: replace(f, WEIGHTS, header(2, b"hi")), "damaged"),
    "a header in a list": (lambda f: replace(f, WEIGHTS, header(2, b"[]")), "damaged"),
    "a deep header": (
        lambda f: replace(f, WEIGHTS, header(100_000, b"[" * 100_000)),
        "damaged",
    ),
    "a shard outside": (
        lambda f: shards(f, "../outside.safetensors"),
        "files of its own folder",
    ),
    "a shard of pickle": (lambda f: shards(f, "evil.bin"), "files of its own folder"),
    "a shard that is none": (lambda f: shards(f, 7), "files of its own folder"),
    "no shards": (shards, "files of its own folder"),
    "a shard not there": (lambda f: shards(f, "a.safetensors"), "could not be read"),
    "other tensors": (
        lambda f: change_weights(f, lambda t: {f"{k}.x": v for k, v in t.items()}),
        "not those of its",
    ),
    "whole numbers": (lambda f: change_weights(f, whole_numbers), "quantised"),
}


def refused(folder: Path, words: str) -> None:
    """Check that a folder is refused soon, in one printable sentence."""
    start = time.process_time()
    with pytest.raises(ModelError, match=words) as caught:
        load(str(folder), "cpu")
    assert time.process_time() - start < 5
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert len(sentence) < 600


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_that_is_none(folder, name):
    content, words = CONFIGS[name]
    replace(folder, "config.json", content)
    refused(folder, words)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_config_that_cannot_be_meant(folder, name):
    changes, words = SETTINGS[name]
    change(folder, **changes)
    refused(folder, words)


@pytest.mark.parametrize("name", PROCESSORS)
def test_a_processor_that_cannot_be_meant(folder, name):
    changes, words = PROCESSORS[name]
    change(folder, "preprocessor_config.json", **changes)
    refused(folder, words)


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_not_what_they_should_be(folder, name):
    damage, words = FILES[name]
    damage(folder)
    refused(folder, words)


def test_a_place_that_holds_no_model(tmp_path):
    refused(tmp_path, "it has no config.json")
    (tmp_path / "file.txt").write_text("hello")
    refused(tmp_path / "file.txt", "not a folder")
    refused(tmp_path / "missing", "There is no model at")


def test_code_in_the_folder_never_runs(folder):
    marker = folder.parent / "it-ran"
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w')\nclass Evil: pass\n")
    names = {"AutoConfig": "evil.Evil", "AutoModelForImageClassification": "evil.Evil"}
    change(folder, auto_map=names)
    change(
        folder, "preprocessor_config.json", auto_map={"AutoImageProcessor": "evil.E"}
    )
    assert load(str(folder), "cpu").facts.n_layers == 3
    change(folder, model_type="evil")
    refused(folder, "not known")
    assert not marker.exists()


@pytest.mark.parametrize(
    "key",
    ["_attn_implementation", "attn_implementation", "_attn_implementation_internal"],
)
@pytest.mark.parametrize("value", ["eager", "owner/kernel", 7])
def test_the_config_has_no_say_in_how_attention_is_run(folder, key, value):
    change(folder, **{key: value})
    model = load(str(folder), "cpu")
    assert model.module.config._attn_implementation == capture.NAME


@pytest.mark.parametrize("key", ["return_dict", "output_attentions", "torchscript"])
def test_the_config_has_no_say_in_what_a_pass_returns(folder, key):
    change(folder, **{key: key != "return_dict"})
    assert len(load(str(folder), "cpu").facts.labels) == 5


def test_the_weights_are_ours_after_loading(folder):
    model = load(str(folder), "cpu")
    before = {k: v.clone() for k, v in model.module.state_dict().items()}
    (folder / WEIGHTS).write_bytes(b"")
    after = model.module.state_dict()
    assert all(torch.equal(after[k], before[k]) for k in before)
    assert not any(p.requires_grad for p in model.module.parameters())
    assert not model.module.training


def test_shards_are_read(tmp_path):
    from transformers import ViTForImageClassification

    folder = make_model(tmp_path / "whole")
    whole = ViTForImageClassification.from_pretrained(folder)
    (folder / WEIGHTS).unlink()
    whole.save_pretrained(folder, max_shard_size="20KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    assert load(str(folder), "cpu").facts.n_layers == 3


def test_labels_without_gaps_and_without_tricks():
    table = {"0": "cat", "2": "a\nb\x1b[0m", "3": None, "4": " ", "5": "x" * 1000}
    named = labels({"id2label": table})
    assert list(named) == [0, 1, 2, 3, 4, 5]
    assert [named[i] for i in (0, 1, 3, 4)] == ["cat", "class 1", "class 3", "class 4"]
    assert all(name.isprintable() and len(name) <= 130 for name in named.values())
    assert labels({}) is None


def test_a_gap_in_the_labels_does_not_lose_the_model(folder):
    change(folder, id2label={"0": "cat", "4": "dog"}, label2id=None)
    facts = load(str(folder), "cpu").facts
    assert facts.labels == ("cat", "class 1", "class 2", "class 3", "dog")


def test_reading_a_folder_needs_no_weights_and_keeps_the_rest(folder):
    (folder / WEIGHTS).unlink()
    change(folder, vision={"auto_map": {}, "kept": 1})
    checked = read(folder)
    assert checked.model_type == "vit"
    assert checked.config["vision"] == {"kept": 1}
    assert checked.processor["image_processor_type"] == "ViTImageProcessor"
