"""Config files that are none, claim another type, or decide what is not theirs."""

from __future__ import annotations

import json

from tests.corpus.models.case import CONFIG, Case, both, change, config, write

_DEEP_OBJECTS = '{"a":' * 900 + "1" + "}" * 900
_VERY_DEEP_OBJECTS = '{"a":' * 9000 + "1" + "}" * 9000
_DEEP_LISTS = "[" * 900 + "]" * 900


def _text(name: str, text: str | bytes, words: str) -> Case:
    return Case(name, write(CONFIG, text), words)


def _type(name: str, words: str) -> Case:
    return Case(f"type {name!r}"[:60], config(model_type=name), words)


def _added(name: str, key: str, value: str) -> Case:
    """Return a case of a sound config with one more key, written as raw JSON."""

    def damage(folder):
        text = (folder / CONFIG).read_text().rstrip().removesuffix("}")
        (folder / CONFIG).write_text(f"{text}, {json.dumps(key)}: {value}}}")

    return Case(name, damage, "nested too deeply|not valid JSON")


BROKEN = [
    _text("an empty file", "", "not valid JSON"),
    _text("one brace", "{", "not valid JSON"),
    _text("cut short", '{"model_type": "vit", "hidden', "not valid JSON"),
    _text("more after the end", '{"model_type": "vit"} {}', "not valid JSON"),
    _text("bytes that are no text", b"\xff\xfe\x00\x80", "not valid JSON"),
    _text("only zeros", b"\0" * 4096, "not valid JSON"),
    _text("a comment", '{"model_type": "vit" /* x */}', "not valid JSON"),
    _text("YAML", "model_type: vit\n", "not valid JSON"),
    _text("Python", "{'model_type': 'vit'}", "not valid JSON"),
    _text("a web page", "<!DOCTYPE html><html></html>", "not valid JSON"),
    _text("git-lfs", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    _text("an open list, deep", "[" * 100_000, "not valid JSON"),
    _text("a closed list, deep", "[" * 50_000 + "]" * 50_000, "not valid JSON"),
    _text("an endless number", '{"a": ' + "9" * 6000 + "}", "not valid JSON"),
    _text("a list", "[]", "does not describe"),
    _text("a word", '"vit"', "does not describe"),
    _text("null", "null", "does not describe"),
    _text("NaN", "NaN", "does not describe"),
    _text("an empty object", "{}", "names no model_type"),
    _text(
        "7 MB of empty objects", _many := "[" + "{}," * 2_300_000 + "{}]", "not desc"
    ),
    _text("9 MB of empty objects", _many + " " * (3 << 20), "too large"),
    _added("objects, 900 deep", "x", _DEEP_OBJECTS),
    _added("objects, 9000 deep", "x", _VERY_DEEP_OBJECTS),
    _added("lists, 900 deep", "x", _DEEP_LISTS),
    _added("labels, 900 deep", "id2label", _DEEP_OBJECTS),
    _added("a vision part, 900 deep", "vision_config", _DEEP_OBJECTS),
]

TYPES = [
    Case("type null", config(model_type=None), "names no model_type"),
    *(
        Case(f"type {kind!r}", config(model_type=kind), "names no model_type")
        for kind in (7, True, ["vit"], {"vit": 1}, [])
    ),
    _type("frobnicator", "not known"),
    _type("", "not known|names no"),
    _type("VIT", "not known"),
    _type("vit\0", "not known"),
    _type("../vit", "not known"),
    _type("__class__", "not known"),
    _type("<b>\nvit</b>", "not known"),
    _type("\x1b[31mvit\u202e", "not known"),
    _type("\ud800", "not known"),
    _type("v" * 1_000_000, "not known"),
    _type("swin", "attends within windows"),
    _type("segformer", "pools its tokens"),
    _type("hiera", "pools its tokens"),
    _type("resnet", "convolutional"),
    _type("bert", "reads text"),
    _type("videomae", "video"),
    _type("whisper", "hears sound"),
    _type("mllama", "more than one"),
    _type("sam", "attends within windows"),
    _type("dinov2", "not those of its|too few"),
    _type("clip", "not those of its|too few"),
    _type("beit", "not those of its|too few"),
    _type("pixtral", "not those of its|too few"),
    _type("siglip2", "not those of its|too few"),
    _type("llava", "not those of its|too few"),
    _type("zoedepth", "not those of its|too few"),
]

ARCHITECTURES = [
    change("architecture a word", architectures="ViTForImageClassification"),
    change("architecture a number", architectures=7),
    change("architecture in a list in a list", architectures=[["ViTModel"]]),
    change("architecture an object", architectures=[{"a": 1}]),
    change("no architectures", architectures=[]),
    change("architecture unknown", architectures=["../../evil.Evil"]),
    change("architecture of another type", architectures=["BertModel"]),
    change("a million architectures", architectures=["x"] * 500_000),
]

OVERRIDES = [
    *(
        change(f"{key} {value!r}", **{key: value})
        for key in (
            "_attn_implementation",
            "attn_implementation",
            "_attn_implementation_internal",
            "attention_implementation",
            "_experts_implementation",
        )
        for value in ("eager", "owner/kernel", 7)
    ),
    change("return_dict", return_dict=False),
    change("torchscript", torchscript=True),
    change("output_attentions", output_attentions=True),
    change("output_hidden_states", output_hidden_states=True),
    change("the file of the weights", transformers_weights="other.safetensors"),
    change("the file of the weights, outside", transformers_weights="../x.safetensors"),
    change("the file of the weights, a pickle", transformers_weights="a.bin"),
    change("fusions", fusion_config={"patch_embeddings": True}),
    change("kernels", kernel_config={"kernel_mapping": {"X": "owner/kernel"}}),
    change("use_kernels", use_kernels=True),
    change("another name", _name_or_path="https://example.com/x", name_or_path="x/y"),
    change("a commit", _commit_hash=["x"]),
    change("a version", transformers_version={"x": 1}),
    change("a tensor-parallel plan", base_model_tp_plan={"layer.*": "colwise"}),
    change("a key of a method", save_pretrained="x", to_dict=7),
    change("a key of the class", attribute_map={"hidden_size": "evil"}),
    change("sub-configs", sub_configs={"vision_config": "x"}),
    change("dunders", __class__="x", __dict__={"a": 1}, __init__=7),
    change("a generation config", generation_config={"max_length": 10**9}),
    change("names with dots", **{"a.b": 1, "": 2, "\n": 3, "\u202e": 4}),
    change(
        "100,000 further keys",
        "100\\d+ settings",
        **{f"key{i}": i for i in range(100_000)},
    ),
    Case("a byte-order mark", _bom := both(config(), lambda f: _mark(f)), ""),
]


def _mark(folder):
    data = (folder / CONFIG).read_bytes()
    (folder / CONFIG).write_bytes(b"\xef\xbb\xbf" + data)


CASES = [*BROKEN, *TYPES, *ARCHITECTURES, *OVERRIDES]
