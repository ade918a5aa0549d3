"""Whether there is a screen: a promise in the environment is not enough."""

from __future__ import annotations

import socket
import sys

import pytest

from vitviewer.system.screen import has_screen

linux = pytest.mark.skipif(sys.platform != "linux", reason="X11 and Wayland")


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


@linux
def test_no_promise_is_no_screen():
    assert not has_screen()


@linux
def test_display_that_nobody_answers_is_no_screen(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4242")
    assert not has_screen()


@linux
@pytest.mark.parametrize("absolute", [False, True])
def test_wayland_socket_is_a_screen(monkeypatch, tmp_path, absolute):
    path = tmp_path / "w"
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("WAYLAND_DISPLAY", str(path) if absolute else path.name)
    assert not has_screen()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert has_screen()


@pytest.mark.parametrize(
    ("platform", "screen"),
    [("offscreen", False), ("minimal:option", False), ("xcb", True), ("vnc", True)],
)
def test_platform_that_is_asked_for_decides(monkeypatch, platform, screen):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert has_screen() is screen


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_have_a_screen(monkeypatch, system):
    monkeypatch.setattr(sys, "platform", system)
    assert has_screen()
