"""Weights as a pickle: a command that the user starts makes safetensors of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from tests.model_factory import make_model
from vitviewer.cli.main import main
from vitviewer.errors import VitviewerError
from vitviewer.models.checkpoint.conversion import convert
from vitviewer.models.loading import load

WEIGHTS, PICKLE = "model.safetensors", "pytorch_model.bin"


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (str(self.marker),)


@pytest.fixture
def folder(tmp_path):
    """A folder whose weights are only a pickle, some of them shared or turned."""
    folder = make_model(tmp_path / "model")
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    tensors["tied.weight"] = tensors["classifier.weight"]
    tensors["part.weight"] = tensors["classifier.weight"][1:3]
    tensors["turned.weight"] = tensors["classifier.weight"].T
    torch.save(tensors, folder / PICKLE)
    return folder


def test_a_model_opens_after_its_conversion(folder):
    before = torch.load(folder / PICKLE, weights_only=True)
    convert(folder)
    after = load_file(folder / WEIGHTS)
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)
    model = load(str(folder), "cpu")
    weights = next(c for c in model.facts.trust if c.name == "Weights")
    assert "56 tensors were found" in weights.reason
    assert sorted(path.name for path in folder.iterdir() if "part" in path.name) == []


def test_nothing_is_replaced(folder, capsys):
    (folder / WEIGHTS).write_bytes(b"mine")
    assert main(["convert", str(folder)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert (folder / WEIGHTS).read_bytes() == b"mine"


def test_code_in_a_pickle_does_not_run(folder):
    marker = folder.parent / "it-ran"
    torch.save({"a": Evil(marker)}, folder / PICKLE)
    with pytest.raises(VitviewerError, match="more than tensors"):
        convert(folder)
    assert not marker.exists()
    assert not (folder / WEIGHTS).exists()


def test_a_checkpoint_of_training_and_parts(folder):
    tensors = torch.load(folder / PICKLE, weights_only=True)
    torch.save({"state_dict": tensors, "epoch": 3}, folder / PICKLE)
    assert len(load_file(convert(folder))) == len(tensors)
    (folder / WEIGHTS).unlink()
    (folder / PICKLE).unlink()
    for i, name in enumerate(tensors):
        torch.save({name: tensors[name]}, folder / f"part-{i}.bin")
    parts = {name: f"part-{i}.bin" for i, name in enumerate(tensors)}
    index = folder / f"{PICKLE}.index.json"
    index.write_text(json.dumps({"weight_map": parts}))
    assert len(load_file(convert(folder))) == len(tensors)
    (folder / WEIGHTS).unlink()
    index.write_text(json.dumps({"weight_map": {"a": "../evil.bin"}}))
    with pytest.raises(VitviewerError, match="own folder"):
        convert(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1, 2], "no tensors"),
        ({}, "no tensors"),
        ({1: torch.zeros(1)}, "no tensors"),
        (b"hello", "damaged"),
        (None, "0 files"),
    ],
)
def test_what_is_no_model_is_refused(folder, content, words):
    (folder / PICKLE).unlink()
    if isinstance(content, bytes):
        (folder / PICKLE).write_bytes(content)
    elif content is not None:
        torch.save(content, folder / PICKLE)
    with pytest.raises(VitviewerError, match=words):
        convert(folder)
    assert not (folder / WEIGHTS).exists()


def test_the_command(folder):
    command = [sys.executable, "-m", "vitviewer", "convert"]
    done = subprocess.run([*command, folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("open its folder now.\n")
    assert main(["convert"]) == 2
