"""Low-rank adapters (LoRA) whose tensors lie unmerged among a model's own.

Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021): a layer's
weight is W + B·A·alpha/r; the file holds W, A and B, but not alpha.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.json_files import read_json

if TYPE_CHECKING:
    from vitviewer.models.checkpoint.tensors import Tensors

ADAPTER = "adapter_config.json"
ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")
# What peft's kinds of adapter call their tensors.
ADAPTED = re.compile(
    r"(?:^|\.)(?:lora_\w+|ia3_l|hada_\w+|lokr_\w+|oft_\w+|boft_\w+|vera_\w+"
    r"|fourierft_\w+|modules_to_save|original_module|base_layer"
    r"|prompt_embeddings|adaption_prompt)(?:\.|$)"
)
# The parts of a whole that do not reach its vision encoder's maps.
_OTHER_PARTS = re.compile(
    r"(?:^|\.)(?:language_model|text_model|text_encoder|text_decoder|qformer|decoder"
    r"|lm_head|multi_modal_projector|neck|decode_head|auxiliary_head)\."
)
_A = re.compile(r"(?P<layer>.+)\.lora_A(?:\.(?P<name>[^.]+))?\.weight")
_OWN = re.compile(r"\.base_layer\.")
# A module that was trained as a whole stands beside what it was before.
_TRAINED = re.compile(r"\.modules_to_save\.[^.]+\.")
_BEFORE = re.compile(r"\.original_module\.")
# Settings that don't change what is added to the weights; others may.
_HARMLESS = {
    *(
        "r",
        "lora_alpha",
        "use_rslora",
        "lora_dropout",
        "bias",
        "peft_type",
        "task_type",
    ),
    *("target_modules", "exclude_modules", "modules_to_save"),
    *("layers_to_transform", "layers_pattern", "base_model_name_or_path"),
    *(
        "revision",
        "peft_version",
        "auto_mapping",
        "inference_mode",
        "init_lora_weights",
        "loftq_config",
    ),
    *("corda_config", "eva_config", "lora_ga_config", "ensure_weight_tying"),
    *("megatron_config", "megatron_core", "qalora_group_size"),
}


@dataclass(frozen=True, slots=True)
class Merged:
    """Tensors as the model's class knows them, and what there is to say of them.

    ``unmerged`` names the adapter's tensors that could not be merged.
    """

    tensors: Tensors
    remark: str = ""
    unmerged: tuple[str, ...] = ()


def settings_of(folder: Path) -> dict[str, Any] | None:
    """Return the adapter's settings in a folder; None where there are none to read."""
    if not os.path.lexists(folder / ADAPTER):
        return None
    try:
        return read_json(folder / ADAPTER)
    except ModelError:
        return None


def is_beside(folder: Path) -> bool:
    """Return whether a folder holds an adapter's files as well."""
    names = (ADAPTER, *ADAPTER_WEIGHTS)
    within = folder.glob(f"*adapter*/{ADAPTER}"), folder.glob(f"adapters/*/{ADAPTER}")
    return any(os.path.lexists(folder / name) for name in names) or any(
        next(found, None) is not None for found in within
    )


def merged(tensors: Tensors, settings: dict[str, Any] | None) -> Merged:
    """Merge a LoRA adapter whose tensors lie among the model's, if all is known.

    Parameters
    ----------
    tensors : dict
        Of the model's files.
    settings : dict, optional
        peft's ``adapter_config.json``, which has the alpha.
    """
    found = tuple(sorted(filter(_is_adapted, tensors)))
    if not found:
        return Merged(tensors)
    pairs = _pairs(tensors)
    used = {name for pair in pairs for name in pair}
    whole = {n: _TRAINED.sub(".", n) for n in found if _TRAINED.search(n)}
    understood = used.union(whole).union(
        n for n in found if _OWN.search(n) or _BEFORE.search(n)
    )
    twice = len(set(whole.values())) < len(whole)  # of two adapters, which is it?
    if not (settings and pairs) or twice or not understood.issuperset(found):
        return Merged(tensors, unmerged=found)
    known = [_scale(settings, tensors[a].shape[0]) for a, _, _ in pairs]
    scales = [scale for scale in known if scale is not None]
    if len(scales) < len(pairs):
        return Merged(tensors, unmerged=found)
    left = {n: v for n, v in tensors.items() if n not in used and n not in whole}
    result = {_OWN.sub(".", n): v for n, v in left.items() if not _BEFORE.search(n)}
    result |= {name: tensors[n] for n, name in whole.items()}
    for (a, b, weight), scale in zip(pairs, scales, strict=True):
        old = tensors[weight]
        delta = tensors[b].float() @ tensors[a].float() * scale
        result[_OWN.sub(".", weight)] = (old.float() + delta).to(old.dtype)
    return Merged(
        result,
        f"The {len(pairs)} pairs of LoRA tensors in the file were merged into the "
        "weights.",
    )


def _is_adapted(name: str) -> bool:
    return ADAPTED.search(name) is not None and not _OTHER_PARTS.search(name)


def _pairs(tensors: Tensors) -> list[tuple[str, str, str]]:
    """Return the names of A, of B and of the weight that they are added to."""
    pairs = []
    for name in tensors:
        match = _A.fullmatch(name)
        if match is None or not _is_adapted(name):
            continue
        other = name.replace(".lora_A", ".lora_B")
        weights = (f"{match['layer']}{own}.weight" for own in (".base_layer", ""))
        weight = next((w for w in weights if w in tensors), None)
        if other in tensors and weight is not None and _fits(tensors, name, weight):
            pairs.append((name, other, weight))
    weights_used = {weight for _, _, weight in pairs}
    # With two adapters on one layer nothing says which of them is in force.
    return pairs if len(weights_used) == len(pairs) else []


def _fits(tensors: Tensors, a: str, weight: str) -> bool:
    b = a.replace(".lora_A", ".lora_B")
    shapes = (tuple(tensors[a].shape), tuple(tensors[b].shape))
    if any(len(shape) != 2 for shape in shapes) or shapes[0][0] != shapes[1][1]:
        return False
    return tuple(tensors[weight].shape) == (shapes[1][0], shapes[0][1])


def _scale(settings: dict[str, Any], rank: int) -> float | None:
    """Return alpha/r, or alpha/√r; None where the settings say something else too."""
    alpha, stated = settings.get("lora_alpha"), settings.get("r")
    if settings.get("peft_type") != "LORA" or stated != rank:
        return None
    if settings.get("bias") not in (None, "none"):
        return None
    if any(value for key, value in settings.items() if key not in _HARMLESS):
        return None
    if isinstance(alpha, bool) or not isinstance(alpha, int | float):
        return None
    if not math.isfinite(alpha) or rank < 1:
        return None
    return alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank)
