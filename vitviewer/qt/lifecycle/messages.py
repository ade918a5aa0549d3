"""Qt's own messages, sent to logging."""

from __future__ import annotations

import logging

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

log = logging.getLogger("vitviewer.qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# Said by the offscreen platform at every resize; there is no window to hint to.
_NOISE = ("This plugin does not support propagateSizeHints",)


def install() -> None:
    """Send Qt's messages to logging from now on."""
    qInstallMessageHandler(_handle)


def _handle(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    if not text.startswith(_NOISE):
        log.log(_LEVELS[kind], "%s", text)
