"""Whether there is a screen: a promise in the environment is not enough."""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from contextlib import ExitStack

import pytest

from vitviewer.system import screen
from vitviewer.system.screen import has_screen, settle_platform

linux = pytest.mark.skipif(sys.platform != "linux", reason="X11 and Wayland")
PROMISES = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_RUNTIME_DIR")
# What Qt calls its platforms, however it is asked for them.
ASKED = ["", "wayland", "xcb", "wayland;xcb", "xcb;wayland", "wayland-egl", "xcb:x=1"]


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in (*PROMISES, "QT_QPA_PLATFORM", "QT_PLUGIN_PATH"):
        monkeypatch.delenv(name, raising=False)


class Compositor:
    """A socket where a Wayland compositor would be, and what happens to those who call.

    An answering one reads the request for a sign of life and gives that sign, bytes
    as in the protocol's description: an event 0 of object 2, then object 2 is deleted.
    """

    def __init__(self, path, kind: str) -> None:
        self.asked = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        if kind != "left behind":
            self._socket.listen()
        if kind in ("answers", "hangs up"):
            threading.Thread(target=self._serve, args=(kind,), daemon=True).start()

    def _serve(self, kind: str) -> None:
        try:
            connection, _ = self._socket.accept()
        except OSError:  # closed without a call
            return
        with connection:
            self.asked = connection.recv(4096)
            if kind == "answers":
                words = (2, 12 << 16, 7, 1, 12 << 16 | 1, 2)
                connection.sendall(struct.pack("=6I", *words))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def compositor(monkeypatch, tmp_path):
    """Return what makes a compositor of a kind and promises it to the program."""
    monkeypatch.setattr(screen, "_ANSWER_S", 0.3)
    monkeypatch.setattr(screen, "_WAYLAND", ())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with ExitStack() as stack:

        def make(kind: str, name: str = "w") -> Compositor:
            monkeypatch.setenv("WAYLAND_DISPLAY", name)
            made = Compositor(tmp_path / name, kind)
            stack.callback(made.close)
            return made

        yield make


@linux
@pytest.mark.parametrize("asked", ASKED)
def test_no_promise_is_no_screen(monkeypatch, asked):
    monkeypatch.setenv("QT_QPA_PLATFORM", asked)
    assert not has_screen()
    assert not settle_platform()


@linux
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("display", [":4242", "nowhere.invalid:0", "nonsense"])
def test_display_that_nobody_answers_is_no_screen(monkeypatch, display, asked):
    monkeypatch.setenv("QT_QPA_PLATFORM", asked)
    monkeypatch.setenv("DISPLAY", display)
    assert not has_screen()


@linux
def test_display_that_takes_the_call_and_is_silent_is_no_screen(monkeypatch):
    """As where the other end of ``ssh -X`` hangs."""
    monkeypatch.setattr(screen, "_ANSWER_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{number}")
        assert not has_screen()


@linux
@pytest.mark.parametrize("asked", ["", "wayland", "wayland;xcb", "wayland-egl"])
@pytest.mark.parametrize("kind", ["left behind", "silent", "hangs up"])
def test_compositor_that_does_not_answer_is_no_screen(
    monkeypatch, compositor, kind, asked
):
    monkeypatch.setenv("QT_QPA_PLATFORM", asked)
    compositor(kind)
    assert not has_screen()


@linux
@pytest.mark.parametrize("asked", ["", "wayland", "xcb;wayland"])
def test_compositor_that_answers_is_a_screen(monkeypatch, compositor, asked):
    monkeypatch.setenv("QT_QPA_PLATFORM", asked)
    made = compositor("answers")
    assert settle_platform()
    assert os.environ["QT_QPA_PLATFORM"] == "wayland"
    # wl_display.sync(new_id 2): object 1, then size and opcode, then the argument.
    words = [int.from_bytes(made.asked[n : n + 4], sys.byteorder) for n in (0, 4, 8)]
    assert words == [1, 12 << 16, 2]


@linux
@pytest.mark.parametrize(
    "name", [None, "", "no-such", "/no/such/socket", "x" * 200, "file"]
)
def test_promise_of_no_socket(monkeypatch, tmp_path, name):
    (tmp_path / "file").touch()
    monkeypatch.setattr(screen, "_WAYLAND", ())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    if name is not None:
        monkeypatch.setenv("WAYLAND_DISPLAY", name)
    assert not has_screen()


@linux
def test_absolute_name_needs_no_folder(monkeypatch, compositor, tmp_path):
    compositor("answers", "named")
    monkeypatch.setenv("WAYLAND_DISPLAY", str(tmp_path / "named"))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert has_screen()


@linux
def test_qt_without_its_wayland_libraries_cannot_answer(monkeypatch, compositor):
    compositor("answers")
    monkeypatch.setattr(screen, "_WAYLAND", ("libno-such.so.0",))
    assert not has_screen()


@linux
@pytest.mark.skipif(not shutil.which("Xvfb"), reason="needs Xvfb")
@pytest.mark.parametrize("asked", ["", "xcb", "wayland;xcb", "xcb:option"])
def test_a_real_server_is_a_screen_beside_a_silent_compositor(
    monkeypatch, compositor, asked
):
    """Qt would wait for the compositor for ever, so that it is not to try it."""
    try:
        ctypes.CDLL("libX11.so.6")
    except OSError:
        pytest.skip("needs libX11")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as x:
        try:
            os.close(writer)
            with os.fdopen(reader) as told:
                monkeypatch.setenv("DISPLAY", f":{told.readline().strip()}")
            compositor("silent")
            monkeypatch.setenv("QT_QPA_PLATFORM", asked)
            assert settle_platform()
            chosen = os.environ["QT_QPA_PLATFORM"]
            assert chosen == (asked if asked.startswith("xcb:") else "xcb")
        finally:
            x.terminate()


@pytest.mark.parametrize(
    ("platform", "seen"),
    [
        ("offscreen", False),
        ("minimal:option", False),
        ("offscreen;vnc", False),  # Qt takes the first that works
        ("vnc", True),  # serves its own display
        pytest.param("no-such-plugin", False, marks=linux),
        pytest.param("xcb;vnc", True, marks=linux),
    ],
)
def test_platform_that_is_asked_for(monkeypatch, platform, seen):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert has_screen() is seen
    assert settle_platform() is seen


@linux
def test_what_is_painted_on_without_a_window_system_must_be_there(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "linuxfb")
    monkeypatch.setattr(screen, "_DEVICES", {"linuxfb": "no-such-device*"})
    assert not has_screen()
    monkeypatch.setattr(screen, "_DEVICES", {"linuxfb": "null"})
    assert has_screen()


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_have_a_screen(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    assert has_screen()
    assert settle_platform()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not has_screen()


@linux
@pytest.mark.parametrize("asked", ["xcb", "wayland", "wayland;xcb"])
@pytest.mark.long
def test_the_program_works_headless_where_nobody_answers(tmp_path, compositor, asked):
    """Over ssh, with the platform in the profile: it must not be aborted."""
    from tests.cli.processes import environment, run

    compositor("left behind")
    promises = {n: os.environ[n] for n in ("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")}
    environ = environment(tmp_path, QT_QPA_PLATFORM=asked, **promises)
    done = run(tmp_path, "none.png", environ=environ, capture_output=True)
    assert done.returncode == 1
    assert done.stdout == "There is no screen: working headless.\n"
    assert done.stderr == "vitviewer: ‘none.png’ does not exist: check the path.\n"
