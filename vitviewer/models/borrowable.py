"""Can a module in memory be recorded as it is? If not, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
import transformers

from vitviewer.errors import ModelError
from vitviewer.text import quoted

_COMPILED = ("torch._dynamo.", "torch.jit.", "torch.fx.", "torch.export.")
_SHARDED = (
    *("torch.distributed.", "torch.nn.parallel.", "deepspeed.", "fairscale."),
    *("torch_xla.distributed.", "megatron."),
)
_QUANTISED = (
    *("bitsandbytes.", "torchao.", "optimum.quanto.", "quanto.", "torch.ao."),
    *("auto_gptq.", "gptqmodel.", "awq.", "hqq.", "aqlm.", "eetq.", "compressed_"),
)
_ORDINARY = (torch.nn.Parameter, torch.Tensor)


def check_borrowable(module: object) -> None:
    """Refuse what cannot be recorded truthfully, in one sentence.

    Raises
    ------
    ModelError
        If it is no transformers model, or is compiled, sharded, quantised, without
        weights, or spread over several devices.
    """
    if not isinstance(module, torch.nn.Module):
        raise ModelError(
            f"A {_kind(module)} is no torch.nn.Module: give the model itself."
        )
    _check_compiled(module)
    _check_sharded(module)
    _check_quantised(module)
    _check_weights(module)
    _check_devices(module)
    _check_library(module)


def _check_compiled(module: torch.nn.Module) -> None:
    in_place = any(
        getattr(part, "_compiled_call_impl", None) for part in module.modules()
    )
    if in_place or _is_made_by(module, _COMPILED):
        raise ModelError(
            "The model is compiled, so its attention cannot be seen: give the one "
            "that went into torch.compile, before it was compiled."
        )


def _check_sharded(module: torch.nn.Module) -> None:
    by_tensor = any(
        hasattr(tensor, "ds_id") or _comes_from(type(tensor), _SHARDED)
        for tensor in _tensors(module)
    )
    if by_tensor or _is_made_by(module, _SHARDED):
        raise ModelError(
            "The model is sharded or wrapped for training on several devices: give "
            "the unwrapped model (its .module), whole on one device."
        )


def _check_quantised(module: torch.nn.Module) -> None:
    flags = (getattr(part, "is_quantized", False) for part in module.modules())
    by_tensor = (_is_quantised(name, tensor) for name, tensor in _named(module))
    if any(flags) or any(by_tensor) or _is_made_by(module, _QUANTISED):
        raise ModelError(
            "The model's weights are quantised, which cannot be recorded truthfully: "
            "load the original model, without a quantization_config."
        )


def _is_quantised(name: str, tensor: torch.Tensor) -> bool:
    """Tell whether a tensor is of a kind of its own, or a weight of whole numbers."""
    is_number = tensor.is_floating_point() or not name.endswith("weight")
    ordinary = type(tensor) in _ORDINARY and not tensor.is_quantized
    return not (is_number and ordinary)


def _check_weights(module: torch.nn.Module) -> None:
    if any(tensor.is_meta for tensor in _tensors(module)):
        raise ModelError(
            "The model has weights without values (on the meta device, or offloaded): "
            "load it whole into memory first."
        )


def _check_devices(module: torch.nn.Module) -> None:
    """Refuse a model whose parts are moved about by accelerate's hooks."""
    places = getattr(module, "hf_device_map", None) or {}
    mapped = {str(place) for place in places.values()}
    devices = {tensor.device for tensor in _tensors(module)}
    hooked = any(hasattr(part, "_hf_hook") for part in module.modules())
    if hooked or len(mapped) > 1 or len(devices) > 1:
        raise ModelError(
            "The model is dispatched over several devices: load it without device_map, "
            "whole on one device."
        )


def _check_library(module: torch.nn.Module) -> None:
    if type(module).__module__.startswith("timm.") or "Timm" in _kind(module):
        raise ModelError(
            "A timm model cannot be borrowed: save it with "
            "timm.models.save_for_hf(model, folder) and load that folder."
        )
    if not isinstance(module, transformers.PreTrainedModel):
        raise ModelError(
            f"A {quoted(_kind(module))} is no transformers model: give the "
            "transformers model that is inside it."
        )


def _is_made_by(module: torch.nn.Module, makers: tuple[str, ...]) -> bool:
    """Tell whether any part is of a class of these packages, or derived from one."""
    classes = {type(part) for part in module.modules()}
    return any(_comes_from(kind, makers) for kind in classes)


def _comes_from(kind: type, makers: tuple[str, ...]) -> bool:
    return any(f"{base.__module__}.".startswith(makers) for base in kind.__mro__)


def _named(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()


def _tensors(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    return (tensor for _, tensor in _named(module))


def _kind(thing: Any) -> str:
    return type(thing).__name__
