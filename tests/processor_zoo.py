"""One setting or more for every image processor, and what transformers makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

from vitviewer.inputs.patch_sequence import picture_of


@dataclass(frozen=True)
class Specimen:
    """A processor's settings.

    Parameters
    ----------
    name : str
        Of the class, without "ImageProcessor".
    settings : dict
        Of its file.
    forced : dict
        What else the reference has to be told.
    patch : int
        Side of the model's patches.
    reference : bool
        Whether transformers has it on Pillow.
    fixed : bool
        Whether pictures of any shape give the same input size.
    """

    name: str
    settings: dict[str, Any] = field(default_factory=dict)
    forced: dict[str, Any] = field(default_factory=dict)
    patch: int = 16
    reference: bool = True
    fixed: bool = True


def _size(height: int, width: int | None = None) -> dict[str, Any]:
    return {"size": {"height": height, "width": width or height}}


_EDGES = {"size": {"shortest_edge": 200, "longest_edge": 333}}
_CROPPED = {
    "size": {"shortest_edge": 256},
    "crop_size": {"height": 224, "width": 224},
}
_ODD_CROP = {
    "size": {"shortest_edge": 150},
    "crop_size": {"height": 225, "width": 256},
}
_ONE_TILE = {"do_image_splitting": False}
_FIXED_PAD = {"do_pad": True, "pad_size": {"height": 336, "width": 340}}

SPECIMENS = {
    "vit": Specimen("ViT", {"size": 224}),
    "vit between": Specimen("ViT", _EDGES, fixed=False),
    "vit within": Specimen(
        "ViT", {"size": {"max_height": 200, "max_width": 300}}, fixed=False
    ),
    "deit": Specimen("DeiT"),
    "bit": Specimen("Bit", _CROPPED),
    "clip": Specimen("CLIP", _ODD_CROP),
    "beit": Specimen("Beit", {**_size(240, 200), "do_center_crop": True}),
    "segformer": Specimen("Segformer", _size(256, 320)),
    "siglip": Specimen("Siglip", _size(384)),
    "chinese clip": Specimen("ChineseCLIP"),
    "blip": Specimen("Blip"),
    "flava": Specimen("Flava"),
    "owlvit": Specimen("OwlViT", _size(320)),
    "gemma3": Specimen("Gemma3", _size(224), {"do_pan_and_scan": False}, patch=14),
    "got ocr2": Specimen("GotOcr2", {"crop_to_patches": True, **_size(448)}, patch=14),
    "dpt": Specimen("DPT", _size(384)),
    "dpt in shape": Specimen(
        "DPT",
        {**_size(210), "keep_aspect_ratio": True, "ensure_multiple_of": 14},
        patch=14,
        fixed=False,
    ),
    "dpt padded": Specimen(
        "DPT",
        {
            **_size(190, 231),
            "keep_aspect_ratio": True,
            "do_pad": True,
            "size_divisor": 28,
        },
        patch=14,
        fixed=False,
    ),
    "yolos": Specimen("Yolos", {"size": 200, "max_size": 333}, fixed=False),
    "yolos padded": Specimen("Yolos", {**_EDGES, **_FIXED_PAD}, fixed=False),
    "yolos squashed": Specimen("Yolos", _size(192, 320)),
    "idefics2": Specimen(
        "Idefics2",
        {"size": {"shortest_edge": 189, "longest_edge": 490}, **_ONE_TILE},
        patch=14,
        fixed=False,
    ),
    "idefics3": Specimen(
        "Idefics3",
        {"size": {"longest_edge": 728}, "do_image_splitting": True},
        patch=14,
    ),
    "idefics3 untiled": Specimen(
        "Idefics3",
        {"size": {"longest_edge": 728}, **_ONE_TILE},
        patch=14,
    ),
    "smolvlm": Specimen(
        "SmolVLM",
        {"size": {"longest_edge": 700}, "max_image_size": {"longest_edge": 256}},
    ),
    "janus": Specimen("Janus", _size(384)),
    "janus unpadded": Specimen("Janus", {**_size(384), "do_pad": False}, fixed=False),
    "llava": Specimen("Llava"),
    "llava padded": Specimen("Llava", {"do_pad": True, **_CROPPED}),
    "llava next": Specimen(
        "LlavaNext",
        {"size": {"shortest_edge": 336}, "crop_size": {"height": 336, "width": 336}},
        patch=14,
    ),
    "llava onevision": Specimen("LlavaOnevision", _size(224), patch=14),
    "owlv2": Specimen("Owlv2", _size(240)),
    "owlv2 unpadded": Specimen("Owlv2", {**_size(240), "do_pad": False}),
    "pixtral": Specimen("Pixtral", {"size": {"longest_edge": 320}}, fixed=False),
    "pixtral merged": Specimen(
        "Pixtral",
        {"size": {"longest_edge": 308}, "patch_size": 28},
        patch=14,
        fixed=False,
    ),
    "siglip2": Specimen("Siglip2", fixed=False),
    "siglip2 small": Specimen(
        "Siglip2", {"patch_size": 14, "max_num_patches": 100}, patch=14, fixed=False
    ),
    "vitpose": Specimen("VitPose"),
    "zoedepth": Specimen(
        "ZoeDepth", {**_size(192, 256), "ensure_multiple_of": 32}, fixed=False
    ),
    "zoedepth unpadded": Specimen(
        "ZoeDepth", {**_size(192, 256), "do_pad": False}, fixed=False
    ),
    "dinov3": Specimen("DINOv3ViT", reference=False),
    "dinov3 cropped": Specimen(
        "DINOv3ViT", {**_CROPPED, "do_center_crop": True}, reference=False
    ),
    "timm": Specimen("Timm", _CROPPED, reference=False),
    "timm padded": Specimen(
        "Timm",
        {"size": {"shortest_edge": 173}, "crop_size": _CROPPED["crop_size"]},
        reference=False,
    ),
    "tipsv2": Specimen("Tipsv2", patch=14, reference=False),
    "sapiens2": Specimen("Sapiens2", _size(256, 192), reference=False),
    "sapiens2 padded": Specimen(
        "Sapiens2", {**_size(256, 192), "do_pad": True}, reference=False
    ),
}


def settings_of(specimen: Specimen) -> dict[str, Any]:
    """Return what the file of a specimen says."""
    return {
        "image_processor_type": f"{specimen.name}ImageProcessor",
        **specimen.settings,
    }


def reference(specimen: Specimen) -> Any:
    """Return transformers' own processor."""
    cls = getattr(transformers, f"{specimen.name}ImageProcessorPil")
    return cls(**{**specimen.settings, **specimen.forced, **_untiled(specimen)})


def reference_features(specimen: Specimen, image: Any) -> Any:
    """Return all that transformers' own processor makes of a picture."""
    box = [0.0, 0.0, float(image.width), float(image.height)]
    boxes = {"boxes": [[box]]} if specimen.name == "VitPose" else {}
    return reference(specimen)(image, return_tensors="pt", **boxes)


def reference_values(specimen: Specimen, image: Any) -> torch.Tensor:
    """Return transformers' own pixel values of the whole picture, (1, 3, h, w)."""
    features = reference_features(specimen, image)
    values = features["pixel_values"].float()
    if specimen.name == "Siglip2":
        rows, cols = features["spatial_shapes"][0].tolist()
        return picture_of(values, rows, cols, specimen.patch)
    if specimen.name in ("Idefics3", "SmolVLM"):
        return values[:, -1]
    return values[:, 0] if values.ndim == 5 else values


def _untiled(specimen: Specimen) -> dict[str, Any]:
    return {"crop_to_patches": False} if specimen.name == "GotOcr2" else {}
