"""See what a Vision Transformer is looking at.

The names below are the library's public face and need no display:

>>> import vitviewer
>>> picture = vitviewer.open_image("cat.jpg")
>>> engine = vitviewer.load_model("google/vit-base-patch16-224")
>>> explanation = engine.explain(picture)

Importing the package pulls in neither torch nor Qt; both come when first needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vitviewer.engine.engine import Engine, load_model
    from vitviewer.errors import ImageError, ModelError
    from vitviewer.pictures.picture import Picture, open_image

from vitviewer.version import __version__

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
