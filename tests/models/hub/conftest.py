"""A hub on this machine."""

from __future__ import annotations

import pytest

from tests.fake_hub import serving


@pytest.fixture
def serve(monkeypatch, tmp_path):
    """Run a hub with these repos."""
    with serving(monkeypatch, tmp_path / "cache") as hub:

        def add(**repos):
            hub.repos |= {f"org/{name}": repo for name, repo in repos.items()}
            return hub

        yield add
