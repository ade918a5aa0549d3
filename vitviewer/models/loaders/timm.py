"""Models of timm, built and run by timm's own code; the weights are ours to read."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file

from vitviewer.errors import Cancelled
from vitviewer.models.checkpoint.config import check_numbers, labels
from vitviewer.models.checkpoint.weights import element_counts, too_few, weight_files
from vitviewer.models.families import timm as timm_config
from vitviewer.models.families.family import CapturePath, Config, Family, Positions
from vitviewer.models.loaders.fitting import fitted
from vitviewer.models.loaders.report import (
    IMPLEMENTATIONS,
    LoadReport,
    check_mostly_loaded,
    infinite_tensors,
    surplus_layers,
)
from vitviewer.models.loaders.timm_building import built, check_plain

if TYPE_CHECKING:
    from vitviewer.models.checkpoint.config import ModelFolder
    from vitviewer.models.families.blueprint import Blueprint

PATHS = (CapturePath.SDPA, CapturePath.EAGER)
_HEADS = ("head.", "head_dist.")
_WRAPPED = "timm_model."


class TimmEncoder(torch.nn.Module):
    """A timm model with what transformers' models have: a config, named outputs.

    Parameters
    ----------
    model : Module
        As timm built it, with its weights.
    encoder : dict
        Its sizes, from `examined`.
    names : dict
        Its classes' names.
    """

    def __init__(self, model: Any, encoder: Config, names: dict[int, str]) -> None:
        super().__init__()
        self.timm_model = model
        fused = all(block.attn.fused_attn for block in model.blocks)
        path = CapturePath.SDPA if fused else CapturePath.EAGER
        self.config = SimpleNamespace(
            **encoder,
            id2label=names,
            num_labels=len(names),
            problem_type=None,
            _attn_implementation=IMPLEMENTATIONS[path],
        )

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are."""
        return next(self.parameters()).dtype

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        """Run timm's own forward pass."""
        return SimpleNamespace(logits=self.timm_model(pixel_values))


class _AfterNorm(torch.nn.Linear):
    """An output projection with the norm that comes before it, for the verification.

    Attention × V is followed through linear layers: together, these two are one step
    from it to what the attention module returns.
    """

    def __init__(self, norm: torch.nn.Module, linear: torch.nn.Linear) -> None:
        torch.nn.Module.__init__(self)
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.norm = norm
        self.weight, self.bias = linear.weight, linear.bias

    def forward(self, products: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(self.norm(products), self.weight, self.bias)


def examined(
    folder: ModelFolder, blueprint: Blueprint
) -> tuple[ModelFolder, Blueprint]:
    """Let timm say what a folder's model is; nothing is read from its weights.

    Returns
    -------
    ModelFolder
        With the image processor that the config describes.
    Blueprint
        With the encoder's sizes, tokens and readout.

    Raises
    ------
    ModelError
        If timm is not there, or the model is no plain Vision Transformer.
    """
    with torch.device("meta"):
        model = built(folder.config)
    check_plain(model, blueprint.architecture)
    encoder = encoder_of(model)
    check_numbers(encoder)
    _check_room(folder, model)
    family = family_of(model, blueprint.title, blueprint.architecture)
    filled = replace(
        blueprint,
        family=family,
        encoder=encoder,
        classifies=family.pools and model.num_classes > 0,
    )
    processor = timm_config.processor_of(folder.config)
    return replace(folder, processor=processor), filled


def encoder_of(model: Any) -> Config:
    """Return a timm model's sizes, named as in transformers' configs."""
    cut, attention = model.patch_embed, model.blocks[0].attn
    rows, cols = cut.grid_size
    height, width = cut.patch_size
    return {
        "hidden_size": model.embed_dim,
        "num_hidden_layers": len(model.blocks),
        "num_attention_heads": attention.num_heads,
        "head_dim": getattr(attention, "head_dim", None),
        "image_size": [rows * height, cols * width],
        "patch_size": [height, width],
        "num_patches": rows * cols,
    }


def family_of(model: Any, title: str, architecture: str) -> Family:
    """Return what is known of a timm model: its tokens and what reads them."""
    prefix = timm_config.prefix_of(model)
    # A head that reads the patches alone has a row that is too short for the tokens.
    reads_all = not prefix or getattr(model, "pool_include_prefix", True)
    pools = model.global_pool == "map" and reads_all
    pool = model.global_pool if pools or model.global_pool != "map" else "patch map"
    readout = timm_config.readout_of(pool, prefix, model.num_classes)
    dynamic = getattr(model, "dynamic_img_size", False)
    return Family(
        title=title,
        backbone=architecture,
        classifiers=(architecture,) if model.num_classes and not pools else (),
        processor=timm_config.usual_processor,
        prefix=lambda _config: prefix,
        positions=Positions.OWN if dynamic else Positions.FIXED,
        readout=lambda _architecture, _config: readout,
        pools=pools,
    )


def load_module(
    folder: ModelFolder,
    blueprint: Blueprint,
    path: CapturePath,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[TimmEncoder, LoadReport]:
    """Build an examined folder's model and fill it, to be recorded; in float32.

    Raises
    ------
    ModelError
        If the weights are those of another model.
    Cancelled
        If ``cancelled()`` became true.
    """

    def fill(tensors: dict[str, torch.Tensor]) -> tuple[Any, LoadReport]:
        model = built(folder.config)
        return model, _filled(model, tensors)

    model, report = fitted(_tensors(folder, cancelled), folder.path, fill)
    check_mostly_loaded(report, folder.path)
    for block in model.blocks:
        block.attn.fused_attn = path is CapturePath.SDPA
        _join_norm(block.attn)
    names = _names(folder.config, model.num_classes)
    module = TimmEncoder(model, blueprint.encoder, names).eval().requires_grad_(False)
    names_in_file = (
        n.removeprefix(_WRAPPED) for n in infinite_tensors(module, cancelled)
    )
    return module, replace(report, infinite=tuple(names_in_file))


def _check_room(folder: ModelFolder, model: torch.nn.Module) -> None:
    """Refuse a config that would fill the memory with what no file holds."""
    n_elements = sum(n * times for n, times in element_counts(folder.path).items())
    parts = (*model.parameters(), *model.buffers())
    if sum(part.numel() for part in parts) > 2 * n_elements:
        raise too_few(folder.path)


def _tensors(
    folder: ModelFolder, cancelled: Callable[[], bool]
) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for name in weight_files(folder.path):
        if cancelled():
            raise Cancelled
        tensors |= load_file(folder.path / name)
    return {name.removeprefix(_WRAPPED): part for name, part in tensors.items()}


def _filled(model: Any, tensors: dict[str, torch.Tensor]) -> LoadReport:
    """Copy what fits into the model and say what does not."""
    own = model.state_dict()
    if own.keys() - tensors.keys():
        tensors = _converted(model, tensors)
    fits = {
        name: tensors[name]
        for name, part in own.items()
        if name in tensors and tensors[name].shape == part.shape
    }
    model.load_state_dict(fits, strict=False)
    unexpected = sorted(tensors.keys() - own.keys())
    surplus = surplus_layers(unexpected, own)
    return LoadReport(
        n_tensors=len(own),
        missing=_said(own.keys() - tensors.keys()),
        mismatched=_said((own.keys() & tensors.keys()) - fits.keys()),
        surplus=tuple(surplus),
        unexpected=tuple(k for k in unexpected if k not in surplus),
    )


def _converted(model: Any, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return tensors under the names that this version of timm has for them."""
    module = sys.modules[type(model).__module__]
    convert = getattr(module, "checkpoint_filter_fn", None)
    if convert is None:
        return tensors
    scales = "adapt_layer_scale" in inspect.signature(convert).parameters
    options = {"adapt_layer_scale": True} if scales else {}
    return dict(convert(dict(tensors), model, **options))


def _said(names: set[str]) -> tuple[str, ...]:
    """Sort tensors' names; a head's are called the classifier's, as elsewhere."""
    heads = {name: f"classifier.{name}" for name in names if name.startswith(_HEADS)}
    return tuple(heads.get(name, name) for name in sorted(names))


def _join_norm(attention: Any) -> None:
    norm = getattr(attention, "norm", None)
    if norm is not None and not isinstance(norm, torch.nn.Identity):
        attention.proj = _AfterNorm(norm, attention.proj)
        attention.norm = torch.nn.Identity()


def _names(config: Config, n: int) -> dict[int, str]:
    """Return the names of all classes: the config's, else ImageNet's, else numbers."""
    said = timm_config.named_classes(config, n) if n else None
    return said or labels({"id2label": dict(enumerate(_imagenet(n)))}) or {}


def _imagenet(n: int) -> list[str | None]:
    """Return ImageNet's names if there are as many, as timm guesses."""
    try:
        data = import_module("timm.data")
        subset = data.infer_imagenet_subset({"num_classes": n})
        if subset:
            info = data.ImageNetInfo(subset)
            return [info.index_to_description(i) for i in range(n)]
    except (ImportError, AttributeError):
        pass  # names are a courtesy
    return [None] * n
