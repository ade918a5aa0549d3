"""What is needed to compute an explanation again, as plain JSON values."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from vitviewer.trust import Check, as_plain
from vitviewer.version import __version__

if TYPE_CHECKING:
    from vitviewer.answers import ModelFacts
    from vitviewer.pictures.picture import Picture


def provenance(
    model: ModelFacts, picture: Picture, trust: tuple[Check, ...] = ()
) -> dict[str, Any]:
    """Name the picture, the model, the checks and the versions."""
    import torch
    import transformers

    return {
        "picture": picture.name,
        "picture_sha256": picture.digest,
        "picture_size": list(picture.size),
        "picture_notes": list(picture.notes),
        "model": model.name,
        "model_source": model.source,
        "revision": model.revision,
        "family": model.family,
        "dtype": model.dtype,
        "published_dtype": model.published or model.dtype,
        "problem": model.problem,
        "device": model.device,
        "capture": model.capture,
        "processor": model.processor,
        "special_tokens": list(model.special_tokens),
        "trust": as_plain(trust),
        "versions": {
            "vitviewer": __version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": ".".join(map(str, sys.version_info[:3])),
        },
    }
