"""Models that hold a vision encoder open as that encoder, with its own weights."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from tests.composite_zoo import COMPOSITE_ZOO, breed_composite
from tests.model_factory import make_model
from vitviewer.errors import ModelError
from vitviewer.models.families.blueprint import blueprint_of
from vitviewer.models.families.composites import COMPOSITES
from vitviewer.models.loading import load
from vitviewer.queries import QueryKind

READS_PATCHES = ("Llava", "Gemma", "Mistral", "VLM", "Aya", "Depth", "Idefics", "Pose")


@pytest.mark.parametrize("name", COMPOSITE_ZOO)
def test_the_encoder_has_its_weights_out_of_the_whole(tmp_path, name):
    whole = breed_composite(tmp_path / "model", name)
    model = load(str(tmp_path / "model"), "cpu")
    weights = next(c for c in model.facts.trust if c.name == "Weights")
    assert weights.verdict == "green", weights.reason
    for key, tensor in model.module.state_dict().items():
        alike = [v for k, v in whole.items() if k.endswith(key)]
        assert any(torch.equal(v, tensor) for v in alike), key
    assert model.facts.n_layers == 3
    if any(part in name for part in READS_PATCHES):
        assert model.facts.default_query.kind is QueryKind.MEAN
        assert "the patch" in model.facts.reads or "no class" in model.facts.reads


def test_weights_are_found_under_the_names_of_older_files(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    breed_composite(folder, "LlavaForConditionalGeneration")
    path = folder / "model.safetensors"
    tensors = load_file(path)
    bare = {k.removeprefix("model."): v for k, v in tensors.items()}
    for name in (
        {f"model.{k}": v for k, v in bare.items()},
        {
            k.replace("vision_tower.", "vision_tower.vision_model.")
            if "vision_model" not in k
            else k: v
            for k, v in bare.items()
        },
    ):
        save_file(name, path, metadata={"format": "pt"})
        assert load(str(folder), "cpu").facts.trust[0].verdict == "green"


def test_a_tower_of_an_unknown_kind_is_refused(tmp_path):
    folder = make_model(tmp_path / "model")
    path = folder / "config.json"
    config = {"model_type": "llava", "vision_config": {"model_type": "swin"}}
    path.write_text(json.dumps(config))
    with pytest.raises(ModelError, match="attends within windows"):
        load(str(folder), "cpu")
    path.write_text(json.dumps({"model_type": "clip", "vision_config": [1]}))
    with pytest.raises(ModelError, match="no config"):
        load(str(folder), "cpu")
    shutil.rmtree(folder)


@pytest.mark.parametrize("model_type", sorted(COMPOSITES.keys() - {"upernet"}))
def test_every_composite_names_a_tower_that_opens(model_type):
    blueprint = blueprint_of({"model_type": model_type})
    assert blueprint.title.startswith(COMPOSITES[model_type].title)
