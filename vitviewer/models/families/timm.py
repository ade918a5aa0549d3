"""What a timm model's config.json says, as far as that is known without timm.

timm's folders name an ``architecture`` of its own and no ``model_type``; transformers
wraps the same in a ``model_type`` of ``timm_wrapper``.
"""

from __future__ import annotations

import math
import re
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.config import check_numbers, labels
from vitviewer.models.families.family import (
    CLASS,
    NO_CLASS_TOKEN,
    PATCH_MEAN,
    POOLED,
    Config,
    Readout,
)
from vitviewer.models.families.published import IMAGENET
from vitviewer.queries import Query, QueryKind
from vitviewer.text import plain, quoted

_ARCHITECTURE = re.compile(r"[A-Za-z0-9_]{1,128}")
_FILTERS = {
    "nearest": 0,
    "lanczos": 1,
    "bilinear": 2,
    "random": 2,  # so timm reads it outside of training
    "bicubic": 3,
    "box": 4,
    "hamming": 5,
}
_USUAL_CROP = 0.875
_SIZES = {
    "embed_dim": "hidden_size",
    "depth": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "num_classes": "num_labels",
    "reg_tokens": "num_registers",
    "num_reg_tokens": "num_register_tokens",
    "in_chans": "num_channels",
    "img_size": "image_size",
    "patch_size": "patch_size",
}
_LARGEST = 131_072
_LONGEST = 200


def architecture_of(config: Config) -> str:
    """Return timm's name of the model, without the tag of its weights.

    Raises
    ------
    ModelError
        If it is none that timm could have: timm takes some names for addresses.
    """
    name = str(config.get("architecture")).partition(".")[0]
    if not _ARCHITECTURE.fullmatch(name):
        raise ModelError(
            f"The model's config.json names an impossible timm architecture "
            f"({quoted(name)}): correct it."
        )
    return name


def trained_of(config: Config) -> Config:
    """Return how the model was trained: timm's ``pretrained_cfg``.

    In old folders it is the config itself; what stands beside it counts more.

    Raises
    ------
    ModelError
        If there is something else in its place.
    """
    inner = config.get("pretrained_cfg", config)
    if not isinstance(inner, dict):
        raise ModelError(
            "The model's config.json has a pretrained_cfg that is no table: correct it."
        )
    names = ("num_classes", "global_pool", "label_names", "label_descriptions")
    given = {name: config[name] for name in names if config.get(name) is not None}
    return {**inner, **given}


def arguments_of(config: Config) -> Config:
    """Return the arguments that the architecture is built with.

    The ``global_pool`` that timm writes beside them is one of them: it is left out of
    ``model_args`` by some versions, and of the checkpoint's own settings by all.

    Raises
    ------
    ModelError
        If they claim sizes no real model has, or are no plain values.
    """
    given = config.get("model_args") or {}
    is_table = isinstance(given, dict)
    if is_table:
        check_numbers({_SIZES[name]: v for name, v in given.items() if name in _SIZES})
    if not is_table or not all(map(_is_plain, given.values())):
        raise ModelError(
            "The model's config.json has model_args that are no plain numbers and "
            "words: correct them."
        )
    pool = trained_of(config).get("global_pool")
    if not isinstance(pool, str | None) or not _is_plain(pool):
        raise ModelError(
            f"The model's config.json has a global_pool of {quoted(str(pool))}, which "
            "is none that timm has: correct it."
        )
    arguments = {"global_pool": pool, **given}
    return {name: value for name, value in arguments.items() if value is not None}


def build_settings(config: Config) -> Config:
    """Return those entries of ``pretrained_cfg`` that shape the model; checked."""
    trained = trained_of(config)
    names = ("num_classes", "input_size", "fixed_input_size")
    settings = {name: trained[name] for name in names if trained.get(name) is not None}
    check_numbers({"num_labels": settings.get("num_classes")})
    if "input_size" in settings:
        settings["input_size"] = (3, *_input_size(settings["input_size"]))
    return settings


def named_classes(config: Config, n: int) -> dict[int, str] | None:
    """Return the names of ``n`` classes; None where the config has none."""
    trained = trained_of(config)
    names = trained.get("label_names", trained.get("labels"))
    if not isinstance(names, list) or not names:
        return None
    said = trained.get("label_descriptions")
    words = said if isinstance(said, dict) else {}
    named = [words.get(name, name) if isinstance(name, str) else None for name in names]
    return labels({"id2label": dict(enumerate((*named, *[None] * n)[:n]))})


def processor_of(config: Config) -> Config:
    """Return the image processor that ``pretrained_cfg`` describes; empty if none.

    timm scales the picture so that ``crop_pct`` of it is the input; more than all of
    it is a black frame.

    Raises
    ------
    ModelError
        If pictures are prepared in a way that is not supported.
    """
    trained = trained_of(config)
    if not all(trained.get(name) for name in ("input_size", "mean", "std")):
        return {}
    size = _input_size(trained["input_size"])
    share = trained.get("crop_pct") or _USUAL_CROP
    mode = trained.get("crop_mode") or "center"
    if not isinstance(share, int | float) or not 0.1 <= share <= 10:
        raise ModelError(
            "The model's config.json has an impossible crop_pct: correct it."
        )
    filter_name = trained.get("interpolation") or "bicubic"
    if filter_name not in list(_FILTERS) or mode not in ("center", "squash"):
        words = quoted(f"{filter_name}, {mode}")
        raise ModelError(
            f"The model's pictures are prepared in a way ({words}) that is not "
            "supported: its config.json must say center or squash, and bicubic or "
            "bilinear."
        )
    return _processor(
        size,
        share,
        mode,
        resample=_FILTERS[filter_name],
        image_mean=trained["mean"],
        image_std=trained["std"],
    )


def usual_processor(encoder: Config) -> Config:
    """Return timm's processor for an encoder whose folder has none."""
    mean, std = map(list, IMAGENET)
    size = tuple(encoder["image_size"])
    return _processor(
        size, _USUAL_CROP, "squash", resample=3, image_mean=mean, image_std=std
    )


def prefix_of(model: Any) -> tuple[str, ...]:
    """Name the tokens that a timm model puts before the patches.

    Raises
    ------
    ModelError
        If they are not as many as it says.
    """
    names = ["class"] if getattr(model, "cls_token", None) is not None else []
    if getattr(model, "dist_token", None) is not None:
        names.append("distillation")
    registers = getattr(model, "reg_token", None)
    n_registers = 0 if registers is None else registers.shape[1]
    names += [f"register {i + 1}" for i in range(n_registers)]
    if len(names) != model.num_prefix_tokens:
        raise ModelError(
            f"The model has {model.num_prefix_tokens} tokens before the patches, of "
            f"which {len(names)} are known: it cannot be shown truthfully."
        )
    return tuple(names)


def readout_of(pool: str, prefix: tuple[str, ...], n_classes: int) -> Readout:
    """Return what the answer is read from.

    Parameters
    ----------
    pool : str
        timm's ``global_pool``; "patch map" where the pooling head reads no others.
    prefix : tuple of str
        From `prefix_of`.
    n_classes : int
        0 without a classifier.
    """
    if pool == "map":
        return POOLED
    if pool == "patch map":
        reads = "the model reads a pooling head over the patches, which is not recorded"
        return Readout(Query(QueryKind.MEAN), reads)
    if "distillation" in prefix:
        return Readout(
            Query(), "the answer is the mean of two heads, on class and distillation"
        )
    if pool == "avg" and n_classes:
        return PATCH_MEAN
    if pool in ("avg", "avgmax", "max"):
        reader = "the classifier" if n_classes else "the model's output"
        words = {"avg": "mean", "max": "maximum", "avgmax": "mean and the maximum"}
        reads = f"{reader} reads the {words[pool]} of the patches"
        return Readout(Query(QueryKind.MEAN), reads)
    return CLASS if "class" in prefix else NO_CLASS_TOKEN


def _processor(size: tuple[int, ...], share: float, mode: str, **values: Any) -> Config:
    height, width = size
    scaled = [math.floor(side / share) for side in size]
    crop = {"height": height, "width": width}
    if mode == "squash":
        settings: Config = {
            "size": {"height": scaled[0], "width": scaled[1]},
            "do_center_crop": scaled != [height, width],
        }
    elif height == width:
        settings = {"size": {"shortest_edge": scaled[0]}, "do_center_crop": True}
    else:
        raise ModelError(
            f"The model's pictures are cropped to {width} × {height} pixels in timm's "
            "own way, which is not supported: use a model of square pictures."
        )
    kind = "TimmImageProcessor"
    return {"image_processor_type": kind, **settings, "crop_size": crop, **values}


def _input_size(size: Any) -> tuple[int, int]:
    """Return the height and width of timm's (channels, height, width)."""
    is_triple = isinstance(size, list | tuple) and len(size) == 3 and size[0] == 3
    if not is_triple or None in size:
        raise ModelError(
            f"The model takes pictures of input_size {plain(str(size))}, not of three "
            "colours, a height and a width: it cannot be shown."
        )
    check_numbers({"image_size": list(size[1:])})
    return size[1], size[2]


def _is_plain(value: Any) -> bool:
    """Return whether a value is a number, a word, or a few of these."""
    if isinstance(value, list):
        flat = not any(isinstance(part, list) for part in value)
        return flat and len(value) <= _LONGEST and all(map(_is_plain, value))
    if isinstance(value, str):
        return len(value) <= _LONGEST
    is_number = isinstance(value, int | float)
    return value is None or (is_number and abs(value) <= _LARGEST)
