"""Models with a vision tower whose parts lie about one another."""

from __future__ import annotations

from typing import Any

from tests.corpus.models.case import Case, config, nested, tensors

_NO_CONFIG = "no config"


def _tower(name: str, refused: str = "", base: str = "clip", **keys: Any) -> Case:
    return Case(f"{base}: {name}", nested("vision_config", **keys), refused, base=base)


def _text(name: str, refused: str = "", base: str = "clip", **keys: Any) -> Case:
    return Case(f"{base}: {name}", nested("text_config", **keys), refused, base=base)


def _whole(name: str, refused: str = "", base: str = "clip", **keys: Any) -> Case:
    return Case(f"{base}: {name}", config(**keys), refused, base=base)


def _of(base: str) -> list[Case]:
    return [
        _tower("10**5 layers", "num_hidden_layers", base, num_hidden_layers=10**5),
        _tower("200 layers", "too few", base, num_hidden_layers=200),
        _tower("10**9 wide", "hidden_size", base, hidden_size=10**9),
        _tower("16,384 wide", "too few", base, hidden_size=16_384),
        _tower("10**9 between", "intermediate_size", base, intermediate_size=10**9),
        _tower("heads do not divide", "does not divide", base, num_attention_heads=5),
        _tower("pictures of 10**9", "image_size", base, image_size=10**9),
        _tower(
            "positions without end", "too few", base, image_size=16_384, patch_size=1
        ),
        _tower("no patches", "patch_size", base, patch_size=0),
        _tower("an activation", ".", base, hidden_act="nope"),
        _tower("quantised", "quantised", base, quantization_config={"x": 1}),
        _tower("attention", "", base, _attn_implementation="owner/kernel"),
        _tower("code", "", base, auto_map={"AutoModel": "evil.Evil"}),
        _tower("a windowed tower", "attends within windows", base, model_type="swin"),
        _tower("SAM's tower", "attends within", base, model_type="sam_vision_model"),
        _tower("a convolution", "convolutional", base, model_type="convnext"),
        _tower("a text model", "reads text", base, model_type="bert"),
        _tower("an unknown tower", "not known", base, model_type="x" * 10**6),
        _tower("a tower of towers", "not known", base, model_type=base),
        _tower("a type that is a list", "not known", base, model_type=["vit"]),
        _tower("another tower", ".", base, model_type="dinov2"),
        _tower("a tower in a tower", "", base, vision_config={"a": {"b": {"c": 1}}}),
        _tower(
            "a bomb in a tower", ".", base, vision_config={"num_hidden_layers": 10**5}
        ),
        *(
            _whole(f"a tower that is {tower!r}", _NO_CONFIG, base, vision_config=tower)
            for tower in ([1], "vit", 7, True)
        ),
        _whole("an empty tower", "too few|not those", base, vision_config={}),
        _whole("no tower", "too few|not those", base, vision_config=None),
        *(
            _whole(f"a text part that is {text!r}", "", base, text_config=text)
            for text in ([1], "llama", 7, {}, None)
        ),
        _text("text of an unknown type", "", base, model_type="evil"),
        _text("text with code", "", base, auto_map={"AutoModel": "evil.Evil"}),
        _text(
            "text of 10**5 layers", "|num_hidden_layers", base, num_hidden_layers=10**5
        ),
        _text("text of 10**12 words", "", base, vocab_size=10**12),
        _text("text of rubbish", "", base, vocab_size=[], max_position_embeddings="x"),
        _whole("a bomb of classes", "", base, id2label={"300000000": "x"}),
        _whole("as a ViT", "too few|not those", base, model_type="vit"),
        _whole("architectures of another", "", base, architectures=["ViTModel"]),
        Case(
            f"{base}: no tensors of the tower",
            tensors(lambda t: {k: v for k, v in t.items() if "vision" not in k}),
            "too few|not those",
            base=base,
        ),
        Case(
            f"{base}: a layer of the tower is missing",
            tensors(lambda t: {k: v for k, v in t.items() if not _in_layer(k)}),
            checks={"Weights": "red"},
            base=base,
        ),
    ]


def _in_layer(name: str) -> bool:
    return "vision" in name and "layers.1.mlp" in name


_CLASSIFIER = config(architectures=["CLIPForImageClassification"])

CASES = [
    *_of("clip"),
    *_of("llava"),
    _whole("as BLIP", "", model_type="blip"),
    Case(
        "llava: as BLIP",
        config(model_type="blip"),
        checks={"Stored weights": "amber"},
        base="llava",
    ),
    _whole("a projection of 10**12", "", projection_dim=10**12),
    _whole("a scale that is a word", "", logit_scale_init_value="x"),
    Case(
        "clip: as a classifier",
        _CLASSIFIER,
        checks={"Weights": "amber"},
        base="clip",
    ),
    _whole("a layer to read of 10**9", "", "llava", vision_feature_layer=10**9),
    _whole("a layer to read in words", "", "llava", vision_feature_layer=["x"]),
    _whole("tokens of an image below zero", "", "llava", image_token_index=-1),
    _whole("a strategy unknown", "", "llava", vision_feature_select_strategy="x"),
]
