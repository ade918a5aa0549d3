"""Configs whose numbers no model has: they must cost nothing."""

from __future__ import annotations

from typing import Any

from tests.corpus.models.case import Case, change, config

HUGE = (10**5, 10**9, 10**30, -1, 0)
ODD: tuple[Any, ...] = ("32", 32.5, True, [], [32], {}, {"a": 1}, "", "x" * 10**6)
SIZES = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
_LIES = "impossible|too few|does not divide|not those of its|claims"
_ANY = "."


def _each(key: str, values: tuple[Any, ...], refused: str) -> list[Case]:
    return [change(f"{key} {str(v)[:20]!r}", refused, **{key: v}) for v in values]


def _red(name: str, **keys: Any) -> Case:
    return Case(name, config(**keys), checks={"Weights": "red"})


def _dino(name: str, refused: str, **keys: Any) -> Case:
    return change(name, refused, base="dinov2", **keys)


CLAIMS = [
    *(case for key in SIZES[:3] for case in _each(key, HUGE, _LIES)),
    *_each("intermediate_size", HUGE[1:], _LIES),
    *(case for key in SIZES for case in _each(key, ODD, "impossible")),
    *_each("patch_size", (0, -8, 10**9, "8", 8.5, ["a", "b"], [[8]], {}), "patch_size"),
    *_each("image_size", (0, -32, 10**9, "32", 1e999, [0, 0]), "image_size"),
    *_each("num_channels", (0, -3, 10**9, "3", [3]), "num_channels"),
    change("no patch at all", _ANY, patch_size=[]),
    change("patches of three sides", _ANY, patch_size=[8, 8, 8]),
    change("pictures of three sides", _ANY, image_size=[32, 32, 32]),
    change("patches larger than the picture", _ANY, patch_size=64),
    change("one channel", _ANY, num_channels=1),
    change("64 channels", _ANY, num_channels=64),
    change("heads do not divide", "does not divide", num_attention_heads=5),
]

BOMBS = [
    change("200 layers", "too few", num_hidden_layers=200),
    change("100,000 layers", "num_hidden_layers", num_hidden_layers=100_000),
    change("a width of 16,384", "too few", hidden_size=16_384),
    change("positions without end", "too few", image_size=16_384, patch_size=1),
    change("patches of 1024", "too few", num_channels=64, patch_size=1024),
    _red("a wide network", intermediate_size=131_072),
    change("no sizes at all", _ANY, hidden_size=None, num_hidden_layers=None),
    change("no width", _ANY, hidden_size=None, intermediate_size=None),
    change("a huge default", "too few", **dict.fromkeys((*SIZES, "image_size"))),
    _dino("a bomb of a ratio", _ANY, mlp_ratio=10**9),
    _dino("a ratio of 10**30", _ANY, mlp_ratio=10**30),
    _dino("a ratio below zero", _ANY, mlp_ratio=-4),
    _dino("positions of DINOv2 without end", _ANY, image_size=16_384, patch_size=1),
    change("a bomb of registers", _ANY, base="registers", num_register_tokens=10**8),
    Case(
        "too many registers",
        config(num_register_tokens=1000),
        checks={"Weights": "red"},
        base="registers",
    ),
    change("registers below zero", _ANY, base="registers", num_register_tokens=-1),
]

SMALL_LIES = [
    _red("one layer more", num_hidden_layers=4),
    _red("one layer less", num_hidden_layers=2),
    _red("smaller patches", patch_size=4),
    Case(
        "larger pictures",
        config(image_size=64),
        checks={"Weights": "red", "Preparation": "amber"},
    ),
    change("half the width", "another shape", hidden_size=16),
    change("half the heads", num_attention_heads=2),
]

OTHERS = [
    *_each("hidden_act", ("nope", 7, ["gelu"], {}, "__import__('os')"), "."),
    *_each("layer_norm_eps", ("x", []), "."),
    *_each("layer_norm_eps", (1e999,), ""),
    *_each("layer_norm_eps", (-1e9,), "finite|could not"),
    *_each("dtype", ("float7", 7, "load", "nn", ["float32"]), "impossible dtype"),
    *_each("torch_dtype", ("float7", "load"), "impossible torch_dtype"),
    *_each("hidden_dropout_prob", ("x", 7, -1, []), "."),
    *_each("attention_probs_dropout_prob", (0.5, 1.0), ""),
    *_each("qkv_bias", ("x",), "."),
    *_each("initializer_range", (1e999,), ""),
    *_each("initializer_range", (-1, 0), "could not be loaded"),
    change("quantised", "quantised", quantization_config={"quant_method": "x"}),
    change("quantised by a word", "quantised", quantization_config="gptq"),
    change("quantised by a list", "quantised", quantization_config=[{}]),
    change("not quantised", quantization_config={}),
]

CASES = [*CLAIMS, *BOMBS, *SMALL_LIES, *OTHERS]
