"""See what a Vision Transformer is looking at.

The names below are the library's public face and need no display:

>>> import vitviewer
>>> picture = vitviewer.open_image("cat.jpg")
>>> engine = vitviewer.load_model("google/vit-base-patch16-224")
>>> explanation = engine.explain(picture)

Importing the package pulls in neither torch nor Qt; both come when first needed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitviewer.engine.engine import Engine, load_model
    from vitviewer.errors import ImageError, ModelError
    from vitviewer.pictures.opening import open_image
    from vitviewer.pictures.picture import Picture

from vitviewer.version import __version__

# Before huggingface_hub is imported anywhere: with it the hub is told no versions of
# other libraries, and its list of the tools that may have started us is not fetched.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

__all__ = [
    "Engine",
    "ImageError",
    "ModelError",
    "Picture",
    "__version__",
    "load_model",
    "open_image",
]

_HOMES = {
    "Engine": "engine",
    "load_model": "engine",
    "ModelError": "errors",
    "ImageError": "errors",
    "Picture": "images",
    "open_image": "images",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first asked for (PEP 562)."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
