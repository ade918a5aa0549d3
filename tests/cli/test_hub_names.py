"""A model on the hub is named alike on the command line and from Python."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

import vitviewer as vv
from tests.model_factory import make_model
from vitviewer.cli.main import main

REPO, COMMIT, OTHER = "org/a-name", "1" * 40, "2" * 40
FORMS = {
    "org/a-name": COMMIT,
    f"org/a-name@{OTHER}": OTHER,
    "org/a-name@v2": OTHER,
    "https://huggingface.co/org/a-name": COMMIT,
    "https://huggingface.co/org/a-name/": COMMIT,
    "https://huggingface.co/org/a-name?library=transformers": COMMIT,
    "https://huggingface.co/org/a-name/tree/main": COMMIT,
    "https://huggingface.co/org/a-name/tree/main/": COMMIT,
    "https://huggingface.co/org/a-name/tree/v2?show_file_info=x#files": OTHER,
    "https://huggingface.co/org/a-name@v2": OTHER,
    "https://hf.co/org/a-name": COMMIT,
    "http://hf.co/org/a-name/tree/v2/": OTHER,
    "hf.co/org/a-name@main": COMMIT,
    "huggingface.co/org/a-name": COMMIT,
}


@pytest.fixture(scope="module")
def cached(tmp_path_factory) -> str:
    """Put a model into the hub's cache, in two revisions; return its name."""
    model = make_model(tmp_path_factory.mktemp("vit"), "vit")
    home = Path(os.environ["HF_HOME"], "hub", f"models--{REPO.replace('/', '--')}")
    for name, commit in (("main", COMMIT), ("v2", OTHER)):
        shutil.copytree(model, home / "snapshots" / commit)
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / name).write_text(commit)
    yield REPO
    shutil.rmtree(home)


@pytest.mark.parametrize("form", FORMS)
def test_the_command_line_takes_every_form(cached, capsys, form):
    assert main(["inspect", form, "--json", "--device", "cpu"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == cached
    assert told["revision"] == FORMS[form]


@pytest.mark.parametrize("form", list(FORMS)[::3])
def test_python_takes_every_form(cached, form):
    facts = vv.load_model(form, device="cpu").facts
    assert (facts.name, facts.revision) == (cached, FORMS[form])


@pytest.mark.parametrize(
    "form", ["https://hf.co/org/a-name@v3", "hf.co/org/another?x", "org/a-name@v3"]
)
def test_what_is_not_there_is_one_sentence(cached, capsys, form):
    assert main(["inspect", form]) == 1
    told = capsys.readouterr().err
    assert len(told.splitlines()) == 1
    assert "hf download org/a" in told
