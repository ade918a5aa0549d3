"""Settings of image processors that lie."""

from __future__ import annotations

import json
import os
from typing import Any

from tests.corpus.models.case import PROCESSOR, Case, both, processor, write

_WHOLE = "processor_config.json"
_SIZE = "impossible|makes no sense|not known here"
_VALUES = "impossible|makes no sense|finite"
_NAN, _INF = float("nan"), float("inf")


def _says(name: str, refused: str = "", **keys: Any) -> Case:
    return Case(name, processor(**keys), refused)


def _odd(name: str, **keys: Any) -> Case:
    return Case(name, processor(**keys), checks={"Preparation": "amber"}, base="clip")


def _in_whole(name: str, content: object, refused: str = "", **checks: str) -> Case:
    """Return a case with a processor_config.json alone."""
    text = json.dumps(content)
    damage = both(lambda f: (f / PROCESSOR).unlink(), write(_WHOLE, text))
    return Case(name, damage, refused, checks)


def _usual(**keys: Any) -> dict[str, Any]:
    kind = {"image_processor_type": "ViTImageProcessor"}
    return {"image_processor": {**kind, "size": {"height": 32, "width": 32}, **keys}}


def _fifo(folder):
    (folder / PROCESSOR).unlink()
    os.mkfifo(folder / PROCESSOR)


SIZES = [
    *(
        _says(f"size {str(size)[:40]}", _SIZE, size=size)
        for size in (
            {"height": 60_000, "width": 60_000},
            {"height": 10**9, "width": 10**9},
            {"height": 10**30, "width": 1},
            {"height": 0, "width": 0},
            {"height": -32, "width": -32},
            {"height": "32", "width": "32"},
            {"height": 32.5, "width": 32.5},
            {"height": None, "width": 32},
            {"height": [32], "width": 32},
            {"height": _NAN, "width": 32},
            {"shortest_edge": 10**9},
            {"longest_edge": 10**9},
            {"shortest_edge": 32, "longest_edge": 10**9},
            {"max_height": 10**9, "max_width": 10**9},
            {"rubbish": 32},
            10**9,
            -1,
            "32",
            [10**9, 10**9],
            [],
            "x" * 10**6,
        )
    ),
    _says("a size of one number", size=32),
    _says(
        "a crop of 10**9",
        _SIZE,
        do_center_crop=True,
        crop_size=10**9,
        image_processor_type="BitImageProcessor",
    ),
    _says(
        "a crop of nothing",
        _SIZE,
        do_center_crop=True,
        crop_size={"height": 0, "width": 0},
        image_processor_type="BitImageProcessor",
    ),
    _says(
        "a pad of 10**9", ".", do_pad=True, pad_size={"height": 10**9, "width": 10**9}
    ),
    Case("no resize", processor(do_resize=False), checks={"Preparation": "amber"}),
    Case("no size", processor(size=None), checks={"Preparation": "green|amber"}),
]

VALUES = [
    *(
        _says(f"mean {str(mean)[:30]}", _VALUES, image_mean=mean)
        for mean in (
            [_NAN] * 3,
            [_INF] * 3,
            "x",
            [0.5] * 7,
            [[0.5]],
            {"a": 1},
            ["a", "b", "c"],
        )
    ),
    _says("half a million means", _VALUES, image_mean=[0.5] * 500_000),
    *(
        _says(f"deviation {std}", _VALUES, image_std=std)
        for std in ([0, 0, 0], [-1, -1, -1], [_NAN] * 3, "x", [], 0)
    ),
    *(
        _says(f"factor {factor}", _VALUES, rescale_factor=factor)
        for factor in (0, -1, _NAN, _INF, "x", [1], 1e300)
    ),
    *(
        _says(f"filter {resample}", ".", resample=resample)
        for resample in (99, -1, 10**9, "bicubic", [2], 2.5)
    ),
    _says("a factor of 1e-300", ".", rescale_factor=1e-300, image_std=[1e-300] * 3),
    _says("a filter that is true", resample=True),
    _says("do_resize a word", do_resize="false"),
    _says("do_normalize a list", do_normalize=[]),
    _odd("another mean", image_mean=[0.1] * 3),
]

TYPES = [
    _says("an unknown type", "not supported", image_processor_type="Nope"),
    _says(
        "a type of another library", "not supported", image_processor_type="os.system"
    ),
    _says("a type with markup", "not supported", image_processor_type="<b>\n\x1b" * 99),
    _says(
        "a type of a tokenizer", "not supported", image_processor_type="BertTokenizer"
    ),
    _says("a type that is a number", image_processor_type=7),
    _says("a type that is a list", image_processor_type=["ViTImageProcessor"]),
    _says(
        "an old type",
        image_processor_type=None,
        feature_extractor_type="ViTFeatureExtractor",
    ),
    _says("code", auto_map={"AutoImageProcessor": "evil.Evil"}, trust_remote_code=True),
    _says("another class of processor", processor_class="../../evil.Evil"),
    _says("100,000 further keys", **{f"key{i}": i for i in range(100_000)}),
    _says("a backend", backend="evil", image_processor_backend="x"),
    *(
        Case(
            f"as if of {kind}",
            processor(image_processor_type=kind),
            checks={"Preparation": "green|amber"},
        )
        for kind in (
            "PixtralImageProcessor",
            "Sapiens2ImageProcessor",
            "ZoeDepthImageProcessor",
            "Idefics3ImageProcessor",
            "LlavaNextImageProcessor",
            "VitPoseImageProcessor",
            "JanusImageProcessor",
        )
    ),
    _says("as if of SigLIP 2", ".", image_processor_type="Siglip2ImageProcessor"),
    _says(
        "10**9 patches",
        _SIZE,
        image_processor_type="Siglip2ImageProcessor",
        max_num_patches=10**9,
    ),
    _says(
        "a divisor of 10**9",
        ".",
        image_processor_type="DPTImageProcessor",
        ensure_multiple_of=10**9,
    ),
    _says(
        "a divisor of zero",
        ".",
        image_processor_type="DPTImageProcessor",
        size_divisor=0,
        ensure_multiple_of=0,
    ),
    _says(
        "tiles of 10**9",
        ".",
        image_processor_type="Idefics3ImageProcessor",
        max_image_size={"longest_edge": 10**9},
    ),
]

FILES = [
    Case("not JSON", write(PROCESSOR, "{"), "not valid JSON"),
    Case("a list", write(PROCESSOR, "[]"), "does not describe"),
    Case("empty", write(PROCESSOR, ""), "not valid JSON"),
    Case("an empty object", write(PROCESSOR, "{}"), checks={"Preparation": "amber"}),
    Case("none", lambda f: (f / PROCESSOR).unlink(), checks={"Preparation": "amber"}),
    Case("a FIFO", _fifo, "not a regular file"),
    Case(
        "deep", write(PROCESSOR, '{"a":' * 9000 + "1" + "}" * 9000), "nested|valid JSON"
    ),
    _in_whole("the whole processor", _usual()),
    _in_whole(
        "the whole, with a bomb", _usual(size={"height": 10**9, "width": 1}), _SIZE
    ),
    _in_whole("the whole, NaN", _usual(image_mean=[_NAN] * 3), _VALUES),
    _in_whole("the whole, unknown", _usual(image_processor_type="X"), "not supported"),
    _in_whole("the whole, a list", {"image_processor": []}, "", Preparation="amber"),
    _in_whole("the whole, a word", {"image_processor": "x"}, "", Preparation="amber"),
    _in_whole("the whole, of text", {"tokenizer": {}}, "", Preparation="amber"),
    _in_whole(
        "the whole, Pixtral's patches",
        {
            **_usual(image_processor_type="PixtralImageProcessor"),
            "patch_size": 10**6,
            "spatial_merge_size": 10**6,
        },
        ".",
    ),
    Case(
        "a whole that bombs beside", write(_WHOLE, json.dumps(_usual(size=10**9))), ""
    ),
]

CASES = [*SIZES, *VALUES, *TYPES, *FILES]
