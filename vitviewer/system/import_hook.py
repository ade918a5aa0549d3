"""Gives ``import`` back to Python, which PySide hooks into.

The hook serves ``from __feature__ import …``, which nothing here uses. At every import
of anything it looks for the name of PySide in the module's source: of torch's and
transformers' 2,200 modules it reads 50 MB and keeps 127 MB, and the import takes 5.1 s
of processor time instead of 4.3. It also enters Qt's bindings from whatever thread
imports.
"""

from __future__ import annotations

import builtins


def unhook_imports() -> None:
    """Put back the import that PySide replaced; anybody else's stays."""
    hook = getattr(builtins, "__feature_import__", None)
    before = getattr(builtins, "__orig_import__", None)
    if before is not None and builtins.__import__ is hook:
        builtins.__import__ = before
