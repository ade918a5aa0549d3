"""Another program on the desk, that something is copied or dragged from.

Run as ``python -m tests.qt.real_source JSON``. The JSON has ``formats``, from each
format to its data in base64, and ``x``, ``y``; ``hangs`` lets it stop itself as a
format's data are asked for, ``moves`` lets it propose to move. It owns the clipboard
and shows a small window to drag from. It prints "ready", then what became of each drag.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QObject, Qt
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget


class Offered(QMimeData):
    """Answers at once which formats there are, and maybe never what is in them."""

    def __init__(self, offer: dict[str, Any]) -> None:
        super().__init__()
        self._hangs = offer.get("hangs", False)
        self._data = {k: base64.b64decode(v) for k, v in offer["formats"].items()}

    def formats(self) -> list[str]:
        return list(self._data)

    def hasFormat(self, kind: str) -> bool:
        return kind in self._data

    def retrieveData(self, kind: str, _type: Any) -> Any:
        if self._hangs:
            os.kill(os.getpid(), signal.SIGSTOP)
        return QByteArray(self._data.get(kind, b""))


class Source(QWidget):
    """Begins a drag where the mouse moves with its button down."""

    def __init__(self, offer: dict[str, Any]) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint)
        self._offer = offer
        self.setWindowTitle("source")
        self.setGeometry(offer.get("x", 0), offer.get("y", 0), 60, 60)

    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        drag = QDrag(QObject(self))
        drag.setMimeData(Offered(self._offer))
        proposed = Qt.DropAction.CopyAction
        if self._offer.get("moves"):
            proposed = Qt.DropAction.MoveAction
        became = drag.exec(Qt.DropAction.CopyAction | proposed, proposed)
        print(became.name, flush=True)


def main(offer: dict[str, Any]) -> int:
    """Offer something until the process is ended."""
    app = QApplication([])
    source = Source(offer)
    source.show()
    QApplication.clipboard().setMimeData(Offered(offer))
    print("ready", flush=True)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
