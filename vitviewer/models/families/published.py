"""How each family's published models have their pictures prepared.

For folders that lack a ``preprocessor_config.json``, and to tell when one disagrees
with what the family was trained on.
"""

from __future__ import annotations

from vitviewer.models.families.family import Config, Normalisation

HALF: Normalisation = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
IMAGENET: Normalisation = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
OPENAI: Normalisation = (
    (0.48145466, 0.4578275, 0.40821073),
    (0.26862954, 0.26130258, 0.27577711),
)


def squashed(config: Config) -> Config:
    """Resize to the trained square, as ViT does."""
    return {"image_processor_type": "ViTImageProcessor", "size": _side(config)}


def squashed_imagenet(config: Config) -> Config:
    """Resize to the trained square; ImageNet's mean and deviation."""
    return {**squashed(config), **_normalised(IMAGENET)}


def squashed_siglip(config: Config) -> Config:
    """Resize to the trained square, as SigLIP does."""
    return {"image_processor_type": "SiglipImageProcessor", "size": _square(config)}


def squashed_openai(config: Config) -> Config:
    """Resize to the trained square, as BLIP does."""
    return {
        "image_processor_type": "BlipImageProcessor",
        "size": _square(config),
        **_normalised(OPENAI),
    }


def cropped_imagenet(_config: Config) -> Config:
    """Shorter side to 256, centre crop 224, as DeiT and DINOv2 were published."""
    return {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 256},
        "crop_size": {"height": 224, "width": 224},
        **_normalised(IMAGENET),
    }


def cropped_openai(config: Config) -> Config:
    """Shorter side to the trained side, then a centre crop, as CLIP does."""
    return {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": _side(config)},
        "crop_size": _square(config),
        **_normalised(OPENAI),
    }


def unnormalised(config: Config) -> Config:
    """Resize to the trained square; the model normalises by itself, or not at all."""
    return {
        "image_processor_type": "CLIPImageProcessor",
        "size": _square(config),
        "do_center_crop": False,
        "do_normalize": False,
    }


def patch_sequence(config: Config) -> Config:
    """Resize to the patches that fit, as SigLIP 2 (NaFlex) does."""
    return {
        "image_processor_type": "Siglip2ImageProcessor",
        "patch_size": config.get("patch_size", 16),
        "max_num_patches": config.get("num_patches", 256),
    }


def pixtral(config: Config) -> Config:
    """Fit into the longest side, in whole patches, as Pixtral does."""
    patch = config.get("patch_size", 16)
    return {
        "image_processor_type": "PixtralImageProcessor",
        "size": {"longest_edge": _side(config, 1024)},
        "patch_size": {"height": patch, "width": patch},
        **_normalised(OPENAI),
    }


def whole_shape(config: Config) -> Config:
    """Resize to the trained height and width, which need not be a square."""
    return {
        "image_processor_type": "ViTImageProcessor",
        "size": _square(config),
        **_normalised(IMAGENET),
    }


def _normalised(normalisation: Normalisation) -> Config:
    mean, std = normalisation
    return {"image_mean": list(mean), "image_std": list(std)}


def _side(config: Config, usual: int = 224) -> int:
    size = config.get("image_size") or usual
    return int(size if isinstance(size, int) else size[0])


def _square(config: Config) -> Config:
    size = config.get("image_size") or 224
    height, width = (size, size) if isinstance(size, int) else size
    return {"height": height, "width": width}
