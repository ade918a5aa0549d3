"""The models that open at once."""

from __future__ import annotations

import subprocess
import sys

import pytest
from huggingface_hub import constants

from tests.model_factory import make_model
from vitviewer.api.model import load_model
from vitviewer.models.catalog import list_models
from vitviewer.system import resources

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Return a resources folder and a hub cache of our own."""
    monkeypatch.setattr("vitviewer.models.catalog.root", lambda: tmp_path / "resources")
    monkeypatch.setattr("vitviewer.models.sources.root", lambda: tmp_path / "resources")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path


def cache(places, repo):
    """Start a cached repository and return the folder of its snapshot."""
    folder = places / "hub" / f"models--{repo.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    return folder / "snapshots" / COMMIT


def test_nothing_there_is_an_empty_list(places):
    assert list_models() == []


def test_bundled_first_then_cached_by_name_and_each_opens(places):
    make_model(places / "resources" / "models" / "shapes-shortcut")
    make_model(places / "resources" / "models" / "shapes")
    make_model(cache(places, "org/Zebra"), "dinov2")
    make_model(cache(places, "org/ant"), "deit")
    entries = list_models()
    assert [(e.name, e.kind, e.family) for e in entries] == [
        ("Shapes", "bundled", "ViT"),
        ("Shapes with a shortcut", "bundled", "ViT"),
        ("org/ant", "cached", "DeiT"),
        ("org/Zebra", "cached", "DINOv2"),
    ]
    for entry in entries:
        assert entry.size_bytes > 10_000
        assert load_model(entry.source, "cpu")


def test_what_does_not_open_is_left_out(places):
    (places / "resources" / "models" / "shapes").mkdir(parents=True)
    (cache(places, "org/text") / "config.json").write_text('{"model_type": "bert"}')
    (cache(places, "org/weightless") / "config.json").write_text(
        '{"model_type": "vit"}'
    )
    (cache(places, "org/broken") / "config.json").write_text("{")
    cache(places, "org/empty")
    (places / "hub" / "models--org--no-refs").mkdir()
    (places / "hub" / "datasets--org--data").mkdir()
    assert list_models() == []


def test_listing_imports_neither_torch_nor_transformers():
    code = (
        "import sys, vitviewer.models.catalog as c; c.list_models(); "
        "import vitviewer.engine.engine; "
        "print({'torch', 'transformers', 'PySide6'} & set(sys.modules))"
    )
    words = [sys.executable, "-c", code]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"


def test_resources_inside_the_package_go_first(tmp_path, monkeypatch):
    package = tmp_path / "vitviewer"
    package.mkdir()
    monkeypatch.setattr(resources, "files", lambda _name: package)
    monkeypatch.setattr(resources, "__file__", str(package / "system" / "resources.py"))
    with pytest.raises(FileNotFoundError, match="install it again"):
        resources.root()
    (tmp_path / "resources").mkdir()
    assert resources.root() == tmp_path / "resources"
    (package / "resources").mkdir()
    assert resources.root() == package / "resources"
