"""Wholes with a plain ViT inside: their rows are the whole's own eager attention."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import transformers

from tests.composite_zoo import COMPOSITE_ZOO, breed_whole
from tests.model_factory import SMALL, make_model
from vitviewer.errors import ModelError
from vitviewer.models.loading import load
from vitviewer.trust import Verdict

PICTURE = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)
_GPT2 = {
    "model_type": "gpt2",
    "n_embd": 32,
    "n_layer": 1,
    "n_head": 2,
    "vocab_size": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "is_decoder": True,
    "add_cross_attention": True,
}
_TROCR = {
    "model_type": "trocr",
    "d_model": 32,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 32,
    "vocab_size": 64,
    "is_decoder": True,
    "add_cross_attention": True,
}
_TEXT = COMPOSITE_ZOO["VisionTextDualEncoderModel"]["text_config"]
_BEIT = {"model_type": "beit", **SMALL, "use_relative_position_bias": True}
_FOUR = {"out_indices": [0, 1, 2, 3]}
_NECK = {"fusion_hidden_size": 8, "neck_hidden_sizes": [8] * 4}
_DECODER, _DUAL = "VisionEncoderDecoderModel", "VisionTextDualEncoderModel"
_DEPTH, _SEGMENTS = "DPTForDepthEstimation", "UperNetForSemanticSegmentation"


def _decoder(decoder, **encoder):
    return {"encoder": {**SMALL, **encoder}, "decoder": decoder}


def _dual(**vision):
    return {"vision_config": {**SMALL, **vision}, "text_config": _TEXT}


def _dpt(**backbone):
    return {"backbone_config": {**SMALL, **_FOUR, **backbone}, **_NECK}


# name: (class, settings, where the encoder is in it, special tokens, what is read)
WHOLES = {
    "ViT-GPT2": (_DECODER, _decoder(_GPT2, model_type="vit"), "encoder", 1, "decoder"),
    "TrOCR": (_DECODER, _decoder(_TROCR, model_type="vit"), "encoder", 1, "decoder"),
    "TrOCR small": (
        _DECODER,
        _decoder(_TROCR, model_type="deit"),
        "encoder",
        2,
        "decoder",
    ),
    "TrOCR on BEiT": (_DECODER, _decoder(_TROCR, **_BEIT), "encoder", 1, "decoder"),
    "a decoder on DINOv2": (
        _DECODER,
        _decoder(_GPT2, model_type="dinov2", mlp_ratio=2),
        "encoder",
        1,
        "decoder",
    ),
    "dual with ViT": (_DUAL, _dual(model_type="vit"), "vision_model", 1, ""),
    "dual with CLIP": (
        _DUAL,
        _dual(model_type="clip_vision_model"),
        "vision_model",
        1,
        "",
    ),
    "dual with DINOv2": (
        _DUAL,
        _dual(model_type="dinov2", mlp_ratio=2),
        "vision_model",
        1,
        "",
    ),
    "DPT on DINOv2": (
        _DEPTH,
        _dpt(model_type="dinov2", mlp_ratio=2, reshape_hidden_states=False),
        "backbone",
        1,
        "class and the patch",
    ),
    "DPT on DINOv2 that ignores the class": (
        _DEPTH,
        {
            **_dpt(model_type="dinov2", mlp_ratio=2, reshape_hidden_states=False),
            "readout_type": "ignore",
        },
        "backbone",
        1,
        "reads the patch",
    ),
    "DPT on BEiT": (
        _DEPTH,
        _dpt(**_BEIT, reshape_hidden_states=False),
        "backbone",
        1,
        "class and the patch",
    ),
    "UperNet on BEiT": (
        _SEGMENTS,
        COMPOSITE_ZOO[_SEGMENTS],
        "backbone",
        1,
        "reads the patch",
    ),
}


@pytest.mark.parametrize("name", WHOLES)
def test_rows_are_the_whole_s_own(tmp_path, name):
    architecture, settings, where, n_special, reads = WHOLES[name]
    breed_whole(tmp_path / "model", architecture, settings)
    model = load(str(tmp_path / "model"), "cpu")
    assert doubts(model) == []
    run = model.run(PICTURE)
    assert len(run.tokens.special) == n_special
    assert reads in model.facts.reads
    values, _ = model.preprocessor.prepare(PICTURE)
    expected = eager(tmp_path / "model", architecture, where, torch.as_tensor(values))
    record = run.recording
    rows = torch.stack([record.rows(i) for i in range(record.n_tokens)], dim=2)
    assert expected.amax() > 0.2, "the attention should be peaked"
    torch.testing.assert_close(rows, expected.to(rows), atol=2e-5, rtol=0)


def doubts(model):
    """Return what is not green, but for the colours that all pictures here have."""
    found = [c for c in model.facts.trust if c.verdict is not Verdict.GREEN]
    return [c for c in found if c.name != "Preparation"]


def eager(folder, architecture, where, values):
    """Return the attentions that the encoder has within the whole, by transformers."""
    whole = getattr(transformers, architecture).from_pretrained(
        folder, attn_implementation="eager"
    )
    part = getattr(whole.eval(), where)
    with torch.no_grad():
        seen = part(values, output_attentions=True).attentions
    return torch.stack([layer[0] for layer in seen])


def test_a_recent_model_s_older_names_are_found(tmp_path):
    """Files of older versions have CLIP's tower under its own name once more."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    breed_whole(folder, _DUAL, _dual(model_type="clip_vision_model"))
    path = folder / "model.safetensors"
    held = load_file(path)
    twice = "vision_model.vision_model."
    save_file(
        {k.replace("vision_model.", twice): v for k, v in held.items()},
        path,
        metadata={"format": "pt"},
    )
    assert doubts(load(str(folder), "cpu")) == []


HYBRID = {"model_type": "dpt", "is_hybrid": True, **SMALL}
REFUSED = {
    "the DPT hybrid": (HYBRID, "DPT hybrid runs a convolutional network"),
    "the hybrid with its backbone": (
        {**HYBRID, "backbone_config": {"model_type": "bit"}},
        "DPT hybrid",
    ),
    "DPT on Swin": (
        {"model_type": "dpt", "backbone_config": {"model_type": "swinv2"}},
        "encoder of this DPT model, of type ‘swinv2’, attends within windows",
    ),
    "UperNet on Swin": (
        {"model_type": "upernet", "backbone_config": {"model_type": "swin"}},
        "encoder of this UperNet model, of type ‘swin’, attends within windows",
    ),
    "UperNet on ConvNeXt": (
        {"model_type": "upernet", "backbone_config": {"model_type": "convnext"}},
        "convolutional",
    ),
    "UperNet on its usual backbone": ({"model_type": "upernet"}, "convolutional"),
    "Donut": (
        {
            "model_type": "vision-encoder-decoder",
            "encoder": {"model_type": "donut-swin"},
        },
        "type ‘donut-swin’, attends within windows",
    ),
    "a backbone by name": (
        {"model_type": "dpt", "backbone": "facebook/dinov2-base"},
        "names its backbone .‘facebook/dinov2-base’.",
    ),
    "an encoder that is none": (
        {"model_type": "vision-encoder-decoder", "encoder": [1]},
        "no config",
    ),
    "ViTMatte": ({"model_type": "vitmatte"}, "attends within windows"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_plain_vit_inside_is_named(tmp_path, name):
    config, words = REFUSED[name]
    folder = make_model(tmp_path / "model")
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=words):
        load(str(folder), "cpu")


def test_a_grid_that_is_not_the_config_s_is_said_without_contradiction(tmp_path):
    """As many tokens, on another grid."""
    folder = make_model(tmp_path / "model")
    model = load(str(folder), "cpu")
    record = model.run(PICTURE).recording
    geometry = model.run(PICTURE).geometry
    with pytest.raises(ModelError, match="cuts its input into 2 × 8 patches, where"):
        model._layout(record, geometry, (2, 8))
