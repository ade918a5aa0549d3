"""Planning a download, with a hub on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from tests.fake_hub import COMMIT, VIT, FakeRepo
from vitviewer.models.hub.http import HubError
from vitviewer.models.hub.plan import Plan, plan

OTHER = "d" * 40
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def sharded(*names: str) -> dict[str, bytes]:
    """Return files whose index names these shards."""
    index = {"weight_map": {f"weight {i}": name for i, name in enumerate(names)}}
    parts = {name: name.encode() for name in SHARDS}
    extra = {"model.safetensors.index.json": json.dumps(index).encode()}
    return {"config.json": VIT["config.json"], **parts, **extra}


def test_importing_it_is_light():
    code = (
        "import sys, vitviewer.models.hub.plan\n"
        "heavy = {'torch', 'transformers', 'huggingface_hub', 'PySide6'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ------------------------------------------------------------------------- plan


def test_a_plan_holds_the_weights_first_and_the_config_last(serve):
    extra = {"preprocessor_config.json": b"{}", "processor_config.json": b"{ }"}
    unwanted = dict.fromkeys(
        ("pytorch_model.bin", "flax_model.msgpack", "modeling.py", "model.onnx"), b"x"
    )
    hub = serve(vit=FakeRepo({**unwanted, **VIT, **extra}))
    found = plan("org/vit")
    assert [name for name, _ in found.files] == [
        "model.safetensors",
        "preprocessor_config.json",
        "processor_config.json",
        "config.json",
    ]
    total = 1000 + 2 + 3 + len(VIT["config.json"])
    assert found == Plan(
        *("org/vit", COMMIT, found.family, found.files, total, total, "main")
    )
    assert dict(found.files)["model.safetensors"] == 1000
    assert hub.asked("model.safetensors") == []


def test_planning_writes_nothing(serve, tmp_path):
    serve(vit=FakeRepo(VIT))
    plan("org/vit")
    assert not (tmp_path / "cache").exists()


def test_a_sharded_model_comes_with_its_index(serve):
    serve(big=FakeRepo({**sharded(*SHARDS), "more.safetensors": b"x"}))
    names = [name for name, _ in plan("org/big").files]
    assert names == [*SHARDS, "model.safetensors.index.json", "config.json"]


@pytest.mark.parametrize(
    "names",
    [
        ("../x.safetensors",),
        ("/etc/x.safetensors",),
        ("a\\x.safetensors",),
        ("missing.safetensors",),
        ("config.json",),
        (SHARDS[0], "x.bin"),
        (),
    ],
)
def test_an_index_that_names_other_files_is_refused(serve, names):
    serve(bad=FakeRepo({**sharded(*names), "../x.safetensors": b"x", "x.bin": b"x"}))
    with pytest.raises(HubError, match="does not list safetensors files of its own"):
        plan("org/bad")


def test_a_revision_is_pinned_to_its_commit(serve):
    commits = {"main": COMMIT, "refs/pr/1": OTHER, "v2": OTHER}
    serve(vit=FakeRepo(VIT, commits=commits))
    for source in ("org/vit@v2", "https://huggingface.co/org/vit/tree/v2/"):
        assert (plan(source).revision, plan(source).branch) == (OTHER, "v2")
    assert plan("org/vit@refs/pr/1").revision == OTHER
    assert plan("https://huggingface.co/org/vit?library=x").revision == COMMIT
    pinned = plan(f"org/vit@{OTHER}")
    assert (pinned.revision, pinned.branch) == (OTHER, None)


def test_an_unknown_revision(serve):
    serve(vit=FakeRepo(VIT))
    with pytest.raises(HubError, match="no such revision"):
        plan("org/vit@v9")


@pytest.mark.parametrize(
    "source",
    [
        *("vit", "", "/org/vit", "org/vit/x", "org/vit@", "../vit", "org/a--b", "o/ü"),
        *("org/vit@../../x", "org/vit@a//b", "https://example.org/org/vit"),
        *("org/vit\n", "org/v\x00it", "x" * 5000)[1:],
    ],
)
def test_what_is_no_name_on_the_hub_asks_nobody(serve, source):
    hub = serve(vit=FakeRepo(VIT))
    with pytest.raises(HubError, match="is no model on the hub") as caught:
        plan(source)
    assert len(str(caught.value)) < 300
    assert hub.requests == []


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("401", "no model ‘org/vit’ on the hub, or it is private"),
        (
            "403",
            r"ask for access at https://huggingface.co/org/vit and log in with `hf",
        ),
        ("404", "no model ‘org/vit’ on the hub"),
        ("login", "does not accept the login"),
        ("429", "a few minutes"),
        ("500", r"has trouble \(error 500\): try again later"),
    ],
)
def test_a_refusal_is_one_sentence(serve, behaviour, words):
    hub = serve(vit=FakeRepo(VIT, behaviour=behaviour))
    with pytest.raises(HubError, match=words) as caught:
        plan("org/vit")
    assert "\n" not in str(caught.value)
    assert len(hub.requests) == 1  # it is not asked again and again


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"model.safetensors": b"x"}, "has no config.json"),
        ({**VIT, "config.json": b"{}"}, "names no model_type"),
        ({**VIT, "config.json": b"[]"}, "names no model_type"),
        ({**VIT, "config.json": b'{"model_type": 3}'}, "names no model_type"),
        ({**VIT, "config.json": b"\xff"}, "is no JSON"),
        ({**VIT, "config.json": b"[" * 100_000}, "is no JSON"),
        ({**VIT, "config.json": b'{"model_type": "llama"}'}, "llama"),
        ({**VIT, "config.json": b" " * (2 << 20)}, "more than 1 MiB"),
        (
            {"config.json": VIT["config.json"], "pytorch_model.bin": b"x"},
            "https://huggingface.co/spaces/safetensors/convert",
        ),
    ],
)
def test_what_cannot_be_opened_is_refused(serve, files, words):
    serve(vit=FakeRepo(files))
    with pytest.raises(HubError, match=words):
        plan("org/vit")


def test_a_full_disk_is_told_beforehand(serve, monkeypatch):
    serve(vit=FakeRepo(VIT))
    need = plan("org/vit").missing_bytes
    usage = type(shutil.disk_usage("."))
    for free, fits in ((int(need * 1.1) + 1, True), (int(need * 1.1) - 1, False)):
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _, free=free: usage(1, 1, free)
        )
        if fits:
            assert plan("org/vit").missing_bytes == need
        else:
            with pytest.raises(HubError, match="free some space"):
                plan("org/vit")
