"""The command line with models of every family: list, inspect, export."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.zoo import ZOO, breed
from vitviewer.cli.main import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "ramp.png"
    ramp = np.linspace(0, 255, 60 * 90 * 3).astype(np.uint8).reshape(60, 90, 3)
    Image.fromarray(ramp).save(path)
    return path


def export(picture, model, *words):
    out = picture.parent / "out"
    words = ["--device", "cpu", "--out", str(out), *words]
    return main(["export", str(picture), "--model", str(model), *words]), out


def test_models_are_listed_at_once_and_without_torch():
    script = (
        "import sys; from vitviewer.cli.main import main; assert main(['models']) == 0;"
    )
    script += "assert not {'torch', 'PySide6', 'transformers'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["shapes", "ViT", "3.4", "MB", "bundled"]
    assert len({line.index("bundled") for line in lines if "bundled" in line}) == 1


def test_models_are_listed_as_json(capsys):
    assert main(["models", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["source"] for entry in entries][:2] == ["shapes", "shapes-shortcut"]


@pytest.mark.parametrize("name", ZOO)
def test_every_family_is_inspected(tmp_path, capsys, name):
    folder = str(breed(tmp_path / "model", name))
    capsys.readouterr()
    assert main(["inspect", folder, "--device", "cpu", "--json"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert known["trust"]["verdict"] == "green"
    assert len(known["special_tokens"]) == ZOO[name].special
    assert known["n_layers"] == 3


def test_a_model_that_is_not_to_be_trusted_says_so(tmp_path, capsys):
    folder = breed(tmp_path / "model", "ViT")
    path = folder / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "num_hidden_layers": 4}))
    assert main(["inspect", str(folder), "--device", "cpu"]) == 0
    told = capsys.readouterr().out
    assert "trust:" in told
    assert "red:" in told
    assert "16 of 72 tensors" in told


@pytest.mark.parametrize("format", ["npz", "png"])
def test_a_pooling_head_is_exported(tmp_path, picture, format):
    model = breed(tmp_path / "model", "SigLIP")
    status, out = export(picture, model, "--format", format)
    assert status == 0
    if format == "png":
        assert Image.open(out / "ramp.png").size == (90, 60)
        return
    with np.load(out / "ramp.npz") as data:
        assert data["maps"].shape == (1, 1, 4, 4)
        np.testing.assert_allclose(data["maps"].sum(), 1.0, atol=1e-5)
        provenance = json.loads(str(data["provenance"]))
    assert provenance["export"]["query"] == {"kind": "pool"}
    assert provenance["export"]["layers"] == []
    assert provenance["trust"]["verdict"] == "green"


def test_another_resolution_is_exported(tmp_path, picture):
    model = breed(tmp_path / "model", "DINOv2")
    status, out = export(picture, model, "--format", "npz", "--resolution", "picture")
    assert status == 0
    with np.load(out / "ramp.npz") as data:
        assert data["maps"].shape[2] < data["maps"].shape[3]
        np.testing.assert_allclose(data["seen"], (0, 0, 90, 60))
        assert json.loads(str(data["provenance"]))["resolution"] == "picture"


@pytest.mark.parametrize(
    ("species", "words", "message"),
    [
        ("AIMv2", ("--resolution", "double"), "takes its trained size only"),
        ("ViT", ("--query", "pool"), "has no pooling head"),
        ("SigLIP", ("--query", "cls"), "has no class token"),
    ],
)
def test_what_a_family_cannot_do_is_a_usage_error(
    tmp_path, picture, capsys, species, words, message
):
    status, _ = export(picture, breed(tmp_path / "model", species), *words)
    assert status == 2
    assert message in capsys.readouterr().err
