"""Copy, paste and drag on the desk of `tests.qt.real_desk`, from another program."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.qt.real_desk import ROOT, Desk, Shown

PLACE = 1320, 920
"""Where the other program's window is: beside ours."""


class Other:
    """The other program."""

    def __init__(self, desk: Desk, process: subprocess.Popen[str]) -> None:
        self._desk = desk
        self.process = process

    def stop(self) -> None:
        """Let it hang."""
        self.process.send_signal(signal.SIGSTOP)

    def drag_to(self, shown: Shown, widget: str, **where: float) -> None:
        """Drag what it offers to a widget, and let go there."""
        x, y = shown.ask(f"place({widget}, {where.get('across', 0.5)}, 0.5)")
        self._desk.do("mousemove", "--sync", PLACE[0] + 20, PLACE[1] + 20)
        self._desk.do("mousedown", 1)
        for step in (25, 30, 35):
            self._desk.do("mousemove", "--sync", PLACE[0] + step, PLACE[1] + step)
        for away in (24, 12, 4, 0):  # a hand does not jump either
            self._desk.do("mousemove", "--sync", x + away, y + away)
            settle(shown)
        self._desk.do("sleep", 0.2, "mouseup", 1)  # when the source has seen it all

    def became(self) -> str:
        """Return what the last drag came to, as its source was told."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def other_program(
    desk: Desk, formats: dict[str, bytes], **more: bool
) -> Iterator[Other]:
    """Start a program that has copied something, and lets it be dragged."""
    encoded = {k: base64.b64encode(v).decode() for k, v in formats.items()}
    offer = {"formats": encoded, "x": PLACE[0], "y": PLACE[1], **more}
    command = [sys.executable, "-m", "tests.qt.real_source", json.dumps(offer)]
    with subprocess.Popen(
        command, env=desk.environ, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield Other(desk, process)
        finally:
            process.kill()


def settle(shown: Shown) -> None:
    """Wait until what the display has sent to the window by now is dealt with."""
    shown.ask("app.sync()")
    shown.ask("app.processEvents()")


def uri_list(*addresses: str) -> bytes:
    """Return addresses as programs hand them over."""
    return "".join(f"{address}\r\n" for address in addresses).encode()
