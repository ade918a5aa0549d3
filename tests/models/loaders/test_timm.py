"""timm's models: refused without timm, and shown as timm computes them with it.

timm brings torchvision, so it is not among what the tests need: these run on a stand-in
that is built like timm's models and has their names. `test_timm_itself` runs on timm,
which `make check` installs beside other versions of all libraries.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional

from vitviewer.errors import ModelError
from vitviewer.inputs.preprocessor import build
from vitviewer.models.checkpoint import config as model_folder
from vitviewer.models.families import timm as timm_config
from vitviewer.models.families.blueprint import blueprint_of, blueprint_of_type
from vitviewer.models.families.family import CapturePath
from vitviewer.models.loaders import timm as timm_models
from vitviewer.models.loading import load
from vitviewer.queries import Query, QueryKind, Resolution
from vitviewer.trust import Verdict

PICTURE = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)
NAME = "vit_tiny_patch16_224"
WHERE = "timm.models.vision_transformer"
TRAINED = {
    "input_size": [3, 32, 32],
    "fixed_input_size": True,
    "interpolation": "bicubic",
    "crop_pct": 0.9,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}
CONFIG = {"architecture": NAME, "num_classes": 3, "pretrained_cfg": TRAINED}


class PatchEmbed(nn.Module):
    def __init__(self, img_size, patch_size, width):
        super().__init__()
        self.patch_size = (patch_size, patch_size)
        self.grid_size = tuple(side // patch_size for side in img_size)
        self.proj = nn.Conv2d(3, width, patch_size, patch_size)

    def forward(self, pixels):
        return self.proj(pixels).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, width, num_heads, scale_norm):
        super().__init__()
        self.num_heads, self.fused_attn = num_heads, True
        self.qkv = nn.Linear(width, 3 * width)
        self.attn_drop = nn.Dropout(0.1)
        self.norm = nn.LayerNorm(width) if scale_norm else nn.Identity()
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        shape = (*x.shape[:2], 3, self.num_heads, -1)
        q, k, v = self.qkv(x).reshape(shape).permute(2, 0, 3, 1, 4)
        if self.fused_attn:
            x = functional.scaled_dot_product_attention(q, k, v)
        else:
            logits = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
            x = self.attn_drop(logits.softmax(dim=-1)) @ v
        return self.proj(self.norm(x.transpose(1, 2).flatten(2)))


class Block(nn.Module):
    def __init__(self, width, num_heads, scale_norm):
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attn = Attention(width, num_heads, scale_norm)

    def forward(self, x):
        return x + self.attn(self.norm1(x))


class Pool(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.latent = nn.Parameter(torch.zeros(1, 1, 1, width))

    def forward(self, x):
        x = x[:, None]
        return functional.scaled_dot_product_attention(self.latent, x, x)[:, 0, 0]


class VisionTransformer(nn.Module):
    """What timm's class has that the program asks for, and nothing else."""

    __module__ = WHERE

    def __init__(
        self,
        img_size=(32, 32),
        patch_size=8,
        in_chans=3,
        num_classes=0,
        global_pool="token",
        embed_dim=32,
        depth=3,
        num_heads=4,
        reg_tokens=0,
        class_token=True,
        scale_attn_norm=False,
        dynamic_img_size=False,
        pool_include_prefix=False,
    ):
        super().__init__()
        self.embed_dim, self.num_classes = embed_dim, num_classes
        self.global_pool, self.dynamic_img_size = global_pool, dynamic_img_size
        self.num_prefix_tokens = class_token + reg_tokens
        self.pool_include_prefix = pool_include_prefix
        self.patch_embed = PatchEmbed(img_size, patch_size, embed_dim)
        empty = torch.zeros
        self.cls_token = nn.Parameter(empty(1, 1, embed_dim)) if class_token else None
        registers = empty(1, reg_tokens, embed_dim)
        self.reg_token = nn.Parameter(registers) if reg_tokens else None
        blocks = [Block(embed_dim, num_heads, scale_attn_norm) for _ in range(depth)]
        self.blocks = nn.Sequential(*blocks)
        self.attn_pool = Pool(embed_dim) if global_pool == "map" else None
        self.head = nn.Linear(embed_dim, num_classes) if num_classes else nn.Identity()

    def forward(self, pixels):
        tokens = [t for t in (self.cls_token, self.reg_token) if t is not None]
        x = self.blocks(torch.cat([*tokens, self.patch_embed(pixels)], dim=1))
        pooled = x[:, 0]
        if self.attn_pool is not None:
            skipped = 0 if self.pool_include_prefix else self.num_prefix_tokens
            pooled = self.attn_pool(x[:, skipped:])
        return self.head(pooled)


def entrypoint():
    """Stand where timm's functions stand."""


def create_model(name, pretrained, pretrained_cfg, **arguments):
    """Do what timm does: the settings fill in what no argument says."""
    assert name == NAME
    assert not pretrained
    settings = dict(pretrained_cfg)
    # timm makes a PretrainedCfg of it, which knows these and nothing of the model.
    assert settings.keys() <= {"num_classes", "input_size", "fixed_input_size"}
    size = settings.pop("input_size", None)
    if settings.pop("fixed_input_size", False):
        settings["img_size"] = size[1:]
    return VisionTransformer(**{**settings, **arguments})


@pytest.fixture
def timm(monkeypatch):
    """Put the stand-in in timm's place, whether or not that is installed."""
    module, place = ModuleType("timm"), ModuleType(WHERE)
    place.VisionTransformer = VisionTransformer
    entrypoint.__module__ = WHERE
    module.create_model, module.is_model = create_model, lambda name: name == NAME
    module.model_entrypoint = lambda _name: entrypoint
    monkeypatch.setitem(sys.modules, "timm", module)
    monkeypatch.setitem(sys.modules, "timm.data", None)
    monkeypatch.setitem(sys.modules, WHERE, place)
    return module


def save(folder, config=CONFIG, rename="", **arguments):
    """Save a stand-in with peaked attention; return the folder's name."""
    torch.manual_seed(0)
    settings = {"num_classes": config.get("num_classes", 0), **arguments}
    model = VisionTransformer(**settings).eval()
    for name, parameter in model.named_parameters():
        if "norm" not in name:
            nn.init.normal_(parameter, std=1.4 * parameter.shape[-1] ** -0.5)
    tensors = {rename + k: v.contiguous() for k, v in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    config = {**config, "model_args": arguments}
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


def matrices(model, values):
    """Return the softmax of every block, (layers, heads, tokens, tokens)."""
    seen = []
    for block in model.blocks:
        block.attn.fused_attn = False
        block.attn.attn_drop.register_forward_pre_hook(
            lambda _m, inputs: seen.append(inputs[0][0].detach())
        )
    with torch.no_grad():
        model(values)
    return torch.stack(seen)


def all_rows(recording):
    rows = [recording.rows(token) for token in range(recording.n_tokens)]
    return torch.stack(rows, dim=2)


def reasons(model):
    return {c.name: c.verdict for c in model.facts.trust if c.verdict != Verdict.GREEN}


def test_without_timm_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ModelError) as caught:
        load(save(tmp_path), "cpu")
    assert str(caught.value).endswith('pip install "vitviewer[timm]".')
    assert str(caught.value).count(". ") == 0


def test_timm_s_folders_and_transformers_wrapping_are_one_type(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    assert model_folder.read(tmp_path).model_type == "timm_wrapper"
    assert blueprint_of(model_folder.read(tmp_path).config).title == f"timm {NAME}"
    assert blueprint_of_type("timm_wrapper").title == "timm"
    (tmp_path / "config.json").write_text('{"architecture": 5}')
    with pytest.raises(ModelError, match="names no model_type"):
        model_folder.read(tmp_path)


@pytest.mark.parametrize("name", ["hf-hub:a/b", "../x", "", ["vit"], "x" * 10**6])
def test_a_name_that_timm_takes_for_an_address_is_refused(name):
    with pytest.raises(ModelError, match="impossible timm architecture"):
        blueprint_of({"model_type": "timm_wrapper", "architecture": name})


def test_the_tag_of_the_weights_is_no_part_of_the_architecture():
    config = {"architecture": "vit_small_patch14_reg4_dinov2.lvd142m"}
    assert timm_config.architecture_of(config) == "vit_small_patch14_reg4_dinov2"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"depth": 10**6}, "impossible num_hidden_layers"),
        ({"embed_dim": 30}, "hidden_size of 30"),
        ({"embed_dim": 4096, "depth": 100}, "too few"),
        ({"checkpoint_path": "/etc/passwd"}, "no property of such a model"),
        ({"pretrained": True}, "no property of such a model"),
        ({"device": "cuda"}, "no property of such a model"),
        ({"patch_size": {"a": 1}}, "impossible patch_size"),
        ({"num_heads": "many"}, "impossible num_attention_heads"),
        ({"dynamic_img_size": float("inf")}, "no plain numbers"),
        ({"img_size": [32, 32], "scale_attn_norm": [[1]]}, "no plain numbers"),
    ],
)
def test_arguments_are_checked_before_weights_are_read(
    timm, tmp_path, arguments, words
):
    save(tmp_path)
    config = {**CONFIG, "model_args": arguments}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=words):
        load(str(tmp_path), "cpu")


def test_what_is_no_plain_transformer_is_refused(timm, tmp_path, monkeypatch):
    folder = save(tmp_path)
    monkeypatch.setattr(entrypoint, "__module__", "timm.models.swin_transformer")
    with pytest.raises(ModelError, match="no plain Vision Transformer: use a model"):
        load(folder, "cpu")
    monkeypatch.setattr(entrypoint, "__module__", WHERE)
    other = type("ParallelScalingBlock", (Block,), {})
    monkeypatch.setattr(sys.modules[__name__], "Block", other)
    with pytest.raises(ModelError, match="no plain Vision Transformer"):
        load(folder, "cpu")


def test_an_architecture_that_timm_does_not_know(timm, tmp_path):
    folder = save(tmp_path, {**CONFIG, "architecture": "vit_from_the_future"})
    with pytest.raises(ModelError, match="update timm"):
        load(folder, "cpu")


@pytest.mark.parametrize(
    ("changes", "size", "crop"),
    [
        ({}, {"shortest_edge": 248}, True),
        ({"crop_pct": 1.0}, {"shortest_edge": 224}, True),
        ({"crop_pct": None}, {"shortest_edge": 256}, True),
        ({"crop_mode": "squash"}, {"height": 248, "width": 248}, True),
        (
            {"crop_mode": "squash", "crop_pct": 1.0, "input_size": [3, 256, 192]},
            {"height": 256, "width": 192},
            False,
        ),
    ],
)
def test_the_processor_is_what_pretrained_cfg_says(changes, size, crop):
    trained = {**TRAINED, "input_size": [3, 224, 224], **changes}
    settings = timm_config.processor_of({"pretrained_cfg": trained})
    assert (settings["size"], settings["do_center_crop"]) == (size, crop)
    assert (settings["resample"], settings["image_mean"]) == (3, [0.5, 0.5, 0.5])
    processor = build(settings, settings, (16, 16))
    height, width = trained["input_size"][1:]
    assert processor.geometry(900, 600).input_size == (width, height)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"crop_mode": "border"}, "not supported"),
        ({"interpolation": "magic"}, "not supported"),
        ({"input_size": [3, 256, 192]}, "square pictures"),
        ({"input_size": [1, 32, 32]}, "three colours"),
        ({"input_size": [3, 10**9, 32]}, "impossible image_size"),
        ({"crop_pct": "much"}, "crop_pct"),
        ({"crop_pct": 1e-9}, "crop_pct"),
    ],
)
def test_what_cannot_be_prepared_truthfully_is_refused(changes, words):
    with pytest.raises(ModelError, match=words):
        timm_config.processor_of({"pretrained_cfg": {**TRAINED, **changes}})


@pytest.mark.parametrize(
    ("has", "names"),
    [
        ({}, ()),
        ({"cls_token": 1}, ("class",)),
        ({"cls_token": 1, "dist_token": 1}, ("class", "distillation")),
        ({"reg_token": 1}, ("register 1",)),
        ({"cls_token": 1, "reg_token": 2}, ("class", "register 1", "register 2")),
    ],
)
def test_tokens_are_named_by_what_the_model_has(has, names):
    tokens = {name: torch.zeros(1, n, 8) for name, n in has.items()}
    model = SimpleNamespace(**tokens, num_prefix_tokens=len(names))
    assert timm_config.prefix_of(model) == names
    model.num_prefix_tokens += 1
    with pytest.raises(ModelError, match="truthfully"):
        timm_config.prefix_of(model)


@pytest.mark.parametrize(
    ("pool", "prefix", "n", "kind", "words"),
    [
        ("token", ("class",), 10, QueryKind.CLASS, ""),
        ("token", ("class", "distillation"), 10, QueryKind.CLASS, "two heads"),
        ("avg", ("class",), 10, QueryKind.MEAN, "classifier reads the mean"),
        ("avg", ("class",), 0, QueryKind.MEAN, "output reads the mean"),
        ("avgmax", (), 10, QueryKind.MEAN, "mean and the maximum"),
        ("map", (), 0, QueryKind.POOL, "pooling head"),
        ("patch map", ("register 1",), 0, QueryKind.MEAN, "not recorded"),
        ("", ("class",), 0, QueryKind.CLASS, ""),
        ("", (), 0, QueryKind.MEAN, "no class token"),
    ],
)
def test_the_readout_is_the_pooling(pool, prefix, n, kind, words):
    readout = timm_config.readout_of(pool, prefix, n)
    assert readout.query.kind is kind
    assert words in readout.reads


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("path", timm_models.PATHS)
def test_every_row_is_the_model_s_own(timm, tmp_path, monkeypatch, path, norm):
    monkeypatch.setattr(timm_models, "PATHS", (path,))
    folder = save(tmp_path, reg_tokens=2, scale_attn_norm=norm)
    model = load(folder, "cpu")
    run = model.run(PICTURE)
    values, _ = model.preprocessor.prepare(PICTURE)
    theirs = VisionTransformer(num_classes=3, reg_tokens=2, scale_attn_norm=norm).eval()
    theirs.load_state_dict(load_file(tmp_path / "model.safetensors"))
    with torch.no_grad():
        output = theirs(values)[0].numpy()
    error = (all_rows(run.recording) - matrices(theirs, values)).abs().max()
    assert error < 1e-5
    np.testing.assert_allclose(run.logits, output, atol=1e-5)
    assert run.tokens.special == ("class", "register 1", "register 2")
    assert run.grid == (4, 4)
    assert reasons(model) == {}


def test_facts_are_those_of_the_folder(timm, tmp_path):
    names = ["cat", "dog", " "]
    facts = load(save(tmp_path, {**CONFIG, "label_names": names}), "cpu").facts
    assert facts.labels == ("cat", "dog", "class 2")
    assert (facts.n_layers, facts.n_heads) == (3, 4)
    assert (facts.patch_size, facts.input_size) == ((8, 8), (32, 32))
    assert facts.family == f"timm {NAME}"
    assert facts.capture == CapturePath.SDPA.value
    assert facts.resolutions == (Resolution.TRAINED,)
    assert facts.default_query == Query()


def test_sizes_beyond_the_trained_one_are_for_dynamic_models(timm, tmp_path):
    model = load(save(tmp_path, dynamic_img_size=True), "cpu")
    assert model.facts.resolutions == tuple(Resolution)
    assert model.run(PICTURE, resolution=Resolution.DOUBLE).grid == (8, 8)


@pytest.mark.parametrize("n_classes", [0, 3])
def test_a_pooling_head_s_own_row(timm, tmp_path, n_classes):
    config = {**CONFIG, "num_classes": n_classes}
    arguments = {"class_token": False, "global_pool": "map"}
    model = load(save(tmp_path, config, **arguments), "cpu")
    run = model.run(PICTURE)
    assert model.facts.pools
    assert model.facts.default_query.kind is QueryKind.POOL
    assert (run.logits is None) == (n_classes == 0)
    assert run.recording.pool.sample([0]).shape == (1, 1, 16)
    assert reasons(model) == {}


@pytest.mark.parametrize("includes", [False, True])
def test_a_pooling_head_over_the_patches_alone_is_not_shown(timm, tmp_path, includes):
    arguments = {"global_pool": "map", "pool_include_prefix": includes}
    model = load(save(tmp_path, **arguments), "cpu")
    assert model.facts.pools == includes
    expected = QueryKind.POOL if includes else QueryKind.MEAN
    assert model.facts.default_query.kind is expected
    assert model.run(PICTURE).logits is not None


def test_transformers_names_the_tensors_with_a_prefix(timm, tmp_path):
    config = {**CONFIG, "model_type": "timm_wrapper"}
    assert reasons(load(save(tmp_path, config, "timm_model."), "cpu")) == {}


def test_tensors_that_do_not_fit_are_told(timm, tmp_path):
    folder = save(tmp_path)
    file = tmp_path / "model.safetensors"
    tensors = load_file(file)
    whole = {k: v.clone() for k, v in tensors.items()}

    def verdicts(change):
        save_file({**change}, file)
        model = load(folder, "cpu")
        return reasons(model).get("Weights", Verdict.GREEN), model.facts.labels

    headless = {k: v for k, v in whole.items() if not k.startswith("head.")}
    assert verdicts(headless) == (Verdict.AMBER, None)
    another = {**whole, "head.weight": torch.zeros(4, 32), "head.bias": torch.zeros(4)}
    assert verdicts(another) == (Verdict.AMBER, None)
    assert verdicts({**whole, "text.weight": torch.zeros(2)})[0] is Verdict.AMBER
    surplus = {**whole, "blocks.3.attn.proj.bias": torch.zeros(32)}
    assert verdicts(surplus)[0] is Verdict.RED
    missing = {k: v for k, v in whole.items() if k != "blocks.1.attn.qkv.weight"}
    assert verdicts(missing)[0] is Verdict.RED
    infinite = {**whole, "head.bias": torch.full((3,), torch.inf)}
    save_file(infinite, file)
    assert "Finite weights" in reasons(load(folder, "cpu"))
    padding = torch.zeros(20_000)
    save_file({"cls_token": whole["cls_token"], "padding": padding}, file)
    with pytest.raises(ModelError, match="are not those of its config"):
        load(folder, "cpu")


def test_older_names_go_through_timm_s_own_conversion(timm, tmp_path, monkeypatch):
    def convert(tensors, model, adapt_layer_scale=False):
        assert adapt_layer_scale
        return {name.removeprefix("old."): part for name, part in tensors.items()}

    place = sys.modules[WHERE]
    monkeypatch.setattr(place, "checkpoint_filter_fn", convert, raising=False)
    assert reasons(load(save(tmp_path, rename="old."), "cpu")) == {}


def test_without_settings_pictures_are_prepared_as_usual(timm, tmp_path):
    model = load(save(tmp_path, {"architecture": NAME}), "cpu")
    assert model.facts.input_size == (32, 32)
    assert reasons(model) == {"Preparation": Verdict.AMBER}


def test_the_pooling_that_stands_beside_the_arguments_is_one(timm, tmp_path):
    save(tmp_path, reg_tokens=2, global_pool="avg")
    config = {**CONFIG, "global_pool": "avg", "model_args": {"reg_tokens": 2}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert load(str(tmp_path), "cpu").facts.default_query.kind is QueryKind.MEAN


@pytest.mark.parametrize("pool", [["avg"], 7, {"a": 1}, "a" * 10_000])
def test_a_pooling_that_is_none_is_refused(timm, tmp_path, pool):
    save(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, "global_pool": pool}))
    with pytest.raises(ModelError, match="global_pool"):
        load(str(tmp_path), "cpu")
