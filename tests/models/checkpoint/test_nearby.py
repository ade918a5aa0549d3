"""Places that are near a model: the sentence says where it is, or what is there."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from tests.model_factory import make_model
from vitviewer.cli.main import main
from vitviewer.errors import ElsewhereError, ModelError
from vitviewer.models.checkpoint.nearby import is_place_of_models
from vitviewer.models.loading import load
from vitviewer.trust import Verdict

COMMIT, OLDER = "0123456789abcdef" * 2 + "01234567", "f" * 40
WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("sound"))


@pytest.fixture
def place(tmp_path):
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def put(sound, folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(sound, folder)
    return folder


def elsewhere(path):
    """Return where the model is said to be; it opens there, and the sentence has it."""
    with pytest.raises(ElsewhereError) as caught:
        load(str(path), "cpu")
    assert caught.value.instead in str(caught.value)
    assert str(caught.value).isprintable()
    assert load(caught.value.instead, "cpu").facts.n_layers == 3
    return caught.value


def test_the_newest_of_a_trainer_s_checkpoints(sound, place):
    for step in (500, 1000, 90):
        put(sound, place / f"checkpoint-{step}")
    put(sound, place / "another")
    error = elsewhere(place)
    assert error.instead == str(place / "checkpoint-1000")
    assert "but 4 are below it" in str(error)


def test_a_trainer_s_config_without_weights_of_its_own(sound, place):
    put(sound, place / "checkpoint-7")
    shutil.copy(sound / "config.json", place)
    assert elsewhere(place).instead == str(place / "checkpoint-7")


def test_a_model_two_levels_below(sound, place):
    put(sound, place / "runs" / "best model")
    shutil.copy(sound / "config.json", place / "runs" / "notes.json")
    with pytest.raises(
        ElsewhereError, match=r"one below it, in ‘runs/best model’"
    ) as e:
        load(str(place), "cpu")
    assert f"open '{place}/runs/best model' instead" in str(e.value)


def test_a_checkpoint_that_holds_no_model_is_not_named(sound, place):
    put(sound, place / "checkpoint-1")
    (place / "checkpoint-2").mkdir()
    (place / "checkpoint-2" / "optimizer.pt").write_bytes(b"x")
    put(sound, place / "checkpoint-3")
    (place / "checkpoint-3" / WEIGHTS).unlink()
    assert elsewhere(place).instead == str(place / "checkpoint-1")


def cached(sound, place, *commits, ref=COMMIT):
    repo = place / "models--org--name"
    for commit in commits:
        put(sound, repo / "snapshots" / commit)
    (repo / "refs").mkdir(parents=True)
    (repo / "blobs").mkdir()
    if ref is not None:
        (repo / "refs" / "main").write_text(ref)
    return repo


@pytest.mark.parametrize("ref", [COMMIT, "e" * 40, None, "../../..", ""])
def test_a_repository_in_the_hub_s_cache(sound, place, ref):
    repo = cached(sound, place, OLDER, COMMIT, ref=ref)
    os.utime(repo / "snapshots" / OLDER, (1, 1))
    error = elsewhere(repo)
    assert error.instead == str(repo / "snapshots" / COMMIT)
    assert "‘org/name’" in str(error)
    facts = load(error.instead, "cpu").facts
    assert (facts.name, facts.revision) == ("org/name", COMMIT)


@pytest.mark.parametrize("inner", ["snapshots", "refs", "blobs", ".", ".."])
def test_a_part_of_the_hub_s_cache(sound, place, inner):
    repo = cached(sound, place, COMMIT)
    instead = elsewhere((repo / inner).resolve()).instead
    assert instead == str(repo / "snapshots" / COMMIT)


def test_a_download_that_is_not_whole(sound, place):
    repo = cached(sound, place)
    (repo / "blobs" / "abc.incomplete").write_bytes(b"x")
    for name in ("snapshots", f"snapshots/{COMMIT}"):
        (repo / name).mkdir()
    shutil.copy(sound / "config.json", repo / "snapshots" / COMMIT)
    with pytest.raises(ModelError, match="run `hf download org/name`"):
        load(str(repo), "cpu")


@pytest.mark.parametrize("name", ["adapter_config.json", "model.onnx", "vit.gguf"])
def test_a_downloaded_repository_without_a_config(sound, place, name, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(place))
    repo = cached(sound, place)
    (repo / "snapshots" / COMMIT).mkdir(parents=True)
    (repo / "snapshots" / COMMIT / name).write_text("{}")
    for source in ("org/name", str(repo)):
        with pytest.raises(ModelError, match=FORMS.get(name, "GGUF alone")):
            load(source, "cpu")


def test_a_model_in_a_folder_of_a_repository(sound, place):
    repo = cached(sound, place)
    put(sound, repo / "snapshots" / COMMIT / "encoder")
    assert elsewhere(repo).instead == str(repo / "snapshots" / COMMIT / "encoder")


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
def test_a_file_of_the_model(sound, place, name):
    folder = put(sound, place / "model")
    assert elsewhere(folder / name).instead == str(folder)


def test_a_part_of_the_model_s_folder(sound, place):
    folder = put(sound, place / "model")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"x")
    assert elsewhere(folder / "onnx").instead == str(folder)


FORMS = {
    "model.onnx": "ONNX alone",
    "onnx/model_quantized.onnx": "ONNX alone",
    "model-q4.gguf": "GGUF alone",
    "tf_model.h5": "TensorFlow alone",
    "saved_model.pb": "TensorFlow alone",
    "flax_model.msgpack": "Flax alone",
    "ViT-B_16.npz": "JAX alone",
    "open_clip_model.safetensors": "open_clip alone",
    "open_clip_pytorch_model.bin": "open_clip alone",
    "model_index.json": "diffusers pipeline",
    "zero_to_fp32.py": "zero_to_fp32.py in it, then `vitviewer convert`",
    "pytorch_model_fsdp_0/__0_0.distcp": "accelerate merge-weights",
    "adapter_config.json": "by `vitviewer merge BASE ",
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("described", [True, False])
def test_a_model_for_another_program_is_named(sound, place, name, described):
    (place / name).parent.mkdir(exist_ok=True)
    (place / name).write_text('{"base_model_name_or_path": "org/base"}')
    if described:
        shutil.copy(sound / "config.json", place)
    with pytest.raises(ModelError, match=FORMS[name]) as caught:
        load(str(place), "cpu")
    assert ". " not in str(caught.value)
    if "adapter" in name:
        assert "‘org/base’" in str(caught.value)


@pytest.mark.parametrize("name", ["training_args.bin", "optimizer.pt", "rng_state.pth"])
def test_what_a_trainer_leaves_is_not_taken_for_weights(sound, place, name):
    shutil.copy(sound / "config.json", place)
    (place / name).write_bytes(b"x")
    with pytest.raises(ModelError, match="has a config but no weights"):
        load(str(place), "cpu")
    put(sound, place / "checkpoint-2")
    assert elsewhere(place).instead == str(place / "checkpoint-2")


def test_a_file_for_another_program_is_named(place):
    (place / "vit.onnx").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"‘vit\.onnx’ holds its model for ONNX alone"):
        load(str(place / "vit.onnx"), "cpu")


@pytest.mark.parametrize("base", [None, 7, "‮x\n" * 99])
def test_an_adapter_s_folder_says_what_to_do_whatever_it_names(place, base):
    (place / "checkpoint-5").mkdir()
    text = json.dumps({"base_model_name_or_path": base})
    (place / "checkpoint-5" / "adapter_config.json").write_text(text)
    with pytest.raises(ModelError, match="vitviewer merge") as caught:
        load(str(place), "cpu")
    assert str(caught.value).isprintable()


def test_weights_alone_and_nothing(sound, place):
    with pytest.raises(ModelError, match=r"it has no config\.json"):
        load(str(place), "cpu")
    shutil.copy(sound / WEIGHTS, place / "best.safetensors")
    with pytest.raises(ModelError, match=r"‘best\.safetensors’.* but no config"):
        load(str(place), "cpu")


@pytest.mark.parametrize(
    "name",
    [
        *("pytorch_model.safetensors", "model.fp16.safetensors", "best.safetensors"),
        "diffusion_pytorch_model.safetensors",
    ],
)
def test_weights_of_another_name_are_read_and_said(sound, place, name):
    folder = put(sound, place / "model")
    (folder / WEIGHTS).rename(folder / name)
    stored = next(
        c for c in load(str(folder), "cpu").facts.trust if c.name == "Stored weights"
    )
    assert stored.verdict is Verdict.AMBER
    assert name in stored.reason


def test_several_files_of_weights_are_named(sound, place):
    folder = put(sound, place / "model")
    shutil.copy(folder / WEIGHTS, folder / "model.fp16.safetensors")
    (folder / WEIGHTS).rename(folder / "best.safetensors")
    with pytest.raises(ModelError, match=r"2 files .* ‘best\.safetensors’: rename"):
        load(str(folder), "cpu")


def split(folder, stem):
    """Write the weights in two parts, as large models have them, without an index."""
    from safetensors.torch import load_file, save_file

    held = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    names = sorted(held)
    for i in (0, 1):
        part = {k: held[k] for k in names[i::2]}
        save_file(part, folder / f"{stem}-0000{i + 1}-of-00002.safetensors")


@pytest.mark.parametrize("stem", ["model", "pytorch_model"])
def test_parts_without_an_index(sound, place, stem):
    folder = put(sound, place / "model")
    split(folder, stem)
    trust = {c.name: c.verdict for c in load(str(folder), "cpu").facts.trust}
    assert trust["Weights"] is Verdict.GREEN
    assert trust["Stored weights"] is Verdict.AMBER
    (folder / f"{stem}-00001-of-00002.safetensors").rename(folder / "x.bin")
    with pytest.raises(ModelError, match="only some of the parts"):
        load(str(folder), "cpu")


def test_the_command_line_has_the_path_to_copy(sound, place, capsys):
    inner = put(sound, place / "checkpoint-3")
    assert main(["inspect", str(place)]) == 1
    assert f"open {inner} instead." in capsys.readouterr().err


def test_which_folders_are_opened_as_models(sound, place):
    assert not is_place_of_models(str(place))
    assert not is_place_of_models(str(place / "gone"))
    put(sound, place / "checkpoint-3")
    assert is_place_of_models(str(place))
    assert is_place_of_models(str(place / "checkpoint-3"))
    assert is_place_of_models(str(cached(sound, place, COMMIT)))
