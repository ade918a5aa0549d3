"""Libraries that don't fit the others: one that is of little use must not stop all.

transformers imports what it finds, and fails with it: torchvision for another torch is
the usual case, where one of the two was installed anew.
"""

from __future__ import annotations

import importlib
import logging
import sys
import traceback
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

log = logging.getLogger(__name__)

_OPTIONAL = ("torchvision",)
_NOT_TO_BLAME = ("torch", "transformers", "importlib", "vitviewer", "concurrent")
_HOMES = ("site-packages", "dist-packages")


def set_unfit_aside() -> None:
    """Let libraries that we can do without, and that fail on import, count as absent.

    For the program's own process alone; called before transformers is imported.
    """
    for name in _OPTIONAL:
        if name in sys.modules or find_spec(name) is None:
            continue
        try:
            importlib.import_module(name)
        except Exception as error:
            log.info("%s is set aside", name, exc_info=error)
            for module in [m for m in sys.modules if m.partition(".")[0] == name]:
                del sys.modules[module]
            sys.modules[name] = None  # type: ignore[assignment]


def complaint(error: BaseException) -> str:
    """Say which library an import failed in, and what to do."""
    root = _root_of(error)
    library = _distribution(_culprit(root))
    version = _version(library)
    reason = (str(root).strip() or type(root).__name__).partition("\n")[0]
    if not version:
        return (
            f"The library {library} could not be imported ({reason}): run `pip install "
            f"{library}`, or install vitviewer again."
        )
    return (
        f"The library {library} {version} could not be imported ({reason}): it may not "
        f"fit the others. Run `pip install --upgrade {library}`"
        + (f", or `pip uninstall {library}`." if library in _OPTIONAL else ".")
    )


def _root_of(error: BaseException) -> BaseException:
    while (before := error.__cause__ or error.__context__) is not None:
        error = before
    return error


def _culprit(error: BaseException) -> str:
    """Return the top name of the module that failed, the innermost that may be it."""
    frames = traceback.extract_tb(error.__traceback__)
    names = [_top_of(frame.filename) for frame in frames]
    if isinstance(error, ImportError) and error.name:
        names.append(error.name.partition(".")[0])
    blamed = [name for name in names if name and name not in _NOT_TO_BLAME]
    others = [name for name in names if name in ("torch", "transformers")]
    return (blamed or others or ["transformers"])[-1]


def _top_of(file: str) -> str:
    """Return what a file's module is imported as first; of Python itself nothing."""
    path = Path(file)
    for folder in map(Path, sorted(sys.path, key=len, reverse=True)):
        if folder.name and path.is_relative_to(folder):
            top = path.relative_to(folder).parts[0]
            own = path.is_relative_to(sys.base_prefix) and folder.name not in _HOMES
            return "" if own else top.partition(".")[0]
    return ""


def _distribution(module: str) -> str:
    """Return what a module is installed as: PIL comes with pillow."""
    return metadata.packages_distributions().get(module, [module])[0]


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""
