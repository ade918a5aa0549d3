"""See what a Vision Transformer is looking at.

>>> import vitviewer as vv
>>> model = vv.load_model("google/vit-base-patch16-224")
>>> record = model.record("cat.jpg")
>>> record.map(layer=-1, head="mean").overlay().save("cat-attention.png")

The names below need no display and change nothing of the process. Importing the package
pulls in neither torch nor Qt nor NumPy; they come when first needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vitviewer.answers import Prediction
    from vitviewer.api.model import Model, load_model
    from vitviewer.api.record import Record
    from vitviewer.api.views import Map, Overlay
    from vitviewer.api.wall import Wall
    from vitviewer.errors import (
        ExportError,
        ImageError,
        ModelError,
        VitviewerError,
    )
    from vitviewer.methods.registry import list_methods
    from vitviewer.pictures.opening import open_image
    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Query
    from vitviewer.version import __version__

_HOMES = {
    "ExportError": "errors",
    "ImageError": "errors",
    "Map": "api.views",
    "Model": "api.model",
    "ModelError": "errors",
    "Overlay": "api.views",
    "Picture": "pictures.picture",
    "Prediction": "answers",
    "Query": "queries",
    "Record": "api.record",
    "VitviewerError": "errors",
    "Wall": "api.wall",
    "__version__": "version",
    "load_model": "api.model",
    "list_methods": "methods.registry",
    "open_image": "pictures.opening",
}

__all__ = [
    "ExportError",
    "ImageError",
    "Map",
    "Model",
    "ModelError",
    "Overlay",
    "Picture",
    "Prediction",
    "Query",
    "Record",
    "VitviewerError",
    "Wall",
    "__version__",
    "list_methods",
    "load_model",
    "open_image",
]


def __getattr__(name: str) -> object:
    """Import a public name from its module when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
