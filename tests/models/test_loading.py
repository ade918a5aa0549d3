"""What is known of a loaded model, and where it is looked for."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
import torch
from huggingface_hub import constants

from tests.model_factory import RECIPES, make_model
from vitviewer.errors import Cancelled, ModelError
from vitviewer.jobs import Job
from vitviewer.models.devices import choose_device
from vitviewer.models.families.blueprint import FAMILIES
from vitviewer.models.loading import load
from vitviewer.models.sources import find
from vitviewer.trust import Verdict

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TITLES = {
    "vit": ("ViT", ("class",), 5),
    "dino": ("ViT", ("class",), None),
    "deit": ("DeiT", ("class", "distillation"), 5),
    "deit-teacher": ("DeiT", ("class", "distillation"), 5),
    "deit-plain": ("ViT", ("class",), 5),
    "vit-msn": ("ViT-MSN", ("class",), 5),
    "dinov2": ("DINOv2", ("class",), None),
    "dinov2-classifier": ("DINOv2", ("class",), 5),
    "dinov2-registers": (
        "DINOv2 with registers",
        ("class", "register 1", "register 2", "register 3"),
        5,
    ),
}


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """Put a tiny model into a hub cache of our own, as org/tiny; return its folder."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    repo = tmp_path / "hub" / "models--org--tiny"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(COMMIT)
    return make_model(repo / "snapshots" / COMMIT, "dino")


@pytest.mark.parametrize("name", RECIPES)
def test_facts(tmp_path, name):
    facts = load(str(make_model(tmp_path / "folder", name)), "cpu").facts
    family, special, n_labels = TITLES[name]
    assert (facts.family, facts.special_tokens) == (family, special)
    assert (facts.n_layers, facts.n_heads) == (3, 4)
    assert (facts.patch_size, facts.input_size) == ((8, 8), (32, 32))
    assert facts.labels == (n_labels and tuple(f"thing {i}" for i in range(n_labels)))
    assert (facts.name, facts.device, facts.dtype) == ("folder", "cpu", "float32")
    assert facts.revision is None
    assert {c.verdict for c in facts.trust} == {Verdict.GREEN}


def test_a_backbone_s_weights_out_of_a_classifier_s_file_are_found(tmp_path):
    folder = make_model(tmp_path, "vit")
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["ViTForMaskedImageModeling"]
    (folder / "config.json").write_text(json.dumps(config))
    assert load(str(folder), "cpu").facts.labels is None


def test_a_missing_processor_is_replaced_and_noted(tmp_path):
    for name in ("vit", "dinov2"):
        folder = make_model(tmp_path / name, name)
        (folder / "preprocessor_config.json").unlink()
        facts = load(str(folder), "cpu").facts
        assert "no preprocessor_config.json" in facts.notes[0]
        assert facts.input_size == ((32, 32) if name == "vit" else (224, 224))


def test_multi_label_is_read_from_the_config(tmp_path):
    problem = "multi_label_classification"
    folder = make_model(tmp_path, problem_type=problem)
    assert load(str(folder), "cpu").facts.multi_label


def test_tokens_that_are_not_prefix_and_grid_are_refused(tmp_path, monkeypatch):
    wrong = replace(FAMILIES["vit"], prefix=lambda _config: ("class", "distillation"))
    monkeypatch.setitem(FAMILIES, "vit", wrong)
    with pytest.raises(ModelError, match="17 tokens, where its config says 2"):
        load(str(make_model(tmp_path / "model")), "cpu")


def test_loading_can_be_cancelled(tmp_path):
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        load(str(make_model(tmp_path / "model")), "cpu", job)


def test_transformers_log_settings_are_left_alone(tmp_path):
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    load(str(make_model(tmp_path / "model")), "cpu")
    assert logging.get_verbosity() == verbosity
    assert logging.is_progress_bar_enabled()


def test_devices():
    assert choose_device("cpu") == torch.device("cpu")
    assert choose_device().type in ("cuda", "mps", "cpu")
    with pytest.raises(ModelError, match="no device ‘toaster’"):
        choose_device("toaster")
    with pytest.raises(ModelError, match="no device"):
        choose_device("meta:x")


@pytest.mark.parametrize(
    "source",
    [
        "org/tiny",
        "org/tiny@main",
        f"org/tiny@{COMMIT}",
        "https://huggingface.co/org/tiny",
        f"https://huggingface.co/org/tiny/tree/{COMMIT}",
        "https://hf.co/org/tiny/tree/main/?library=timm",
    ],
)
def test_a_downloaded_model_is_found_in_the_hub_s_cache(cached, source):
    facts = load(source, "cpu").facts
    assert (facts.name, facts.source) == ("org/tiny", source)
    assert facts.revision == COMMIT


@pytest.mark.parametrize("source", ["org/other", "org/tiny@v2", "models/typo"])
def test_a_model_that_is_not_downloaded_says_how_to_get_it(cached, source):
    repo = source.partition("@")[0]
    with pytest.raises(ModelError, match=f"`hf download {repo}`"):
        find(source)


@pytest.mark.parametrize(
    "source",
    [
        *("./org/tiny", "/org/tiny", "~/org/tiny", "org\\tiny", "no\x00name", "a/b/c"),
        *("x" * 5000, "", "tiny", "a--b/c", "https://example.org/org/tiny"),
    ],
)
def test_a_path_that_does_not_exist_is_never_taken_for_a_hub_id(cached, source):
    with pytest.raises(ModelError, match=r"There is no model at") as caught:
        find(source)
    assert str(caught.value).isprintable()


def test_a_folder_goes_before_a_hub_id(cached, tmp_path, monkeypatch):
    shutil.copytree(cached, tmp_path / "org" / "tiny")
    monkeypatch.chdir(tmp_path)
    assert find("org/tiny").revision is None
    assert load("org/tiny", "cpu").facts.n_layers == 3


def test_bundled_models_go_by_name_and_by_title(tmp_path, monkeypatch):
    monkeypatch.setattr("vitviewer.models.sources.root", lambda: tmp_path)
    for source in ("shapes", "Shapes"):
        assert find(source).folder == tmp_path / "models" / "shapes"
        assert find(source).name == "Shapes"
    assert find("Shapes with a shortcut").given == "shapes-shortcut"
