"""What the installed Qt must not do."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject


def test_qt_calls_lose_no_references_to_none(qapp):
    """PySide6 6.12.0 on Python 3.11 loses one a call, and aborts within seconds.

    From Python 3.12 on None is immortal and its count never changes.
    """
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("canary")
    change = abs(sys.getrefcount(None) - before)
    assert change < (1 if sys.version_info >= (3, 12) else 100)
