"""Downloading from a hub on this machine: whole, broken off, cancelled, resumed."""

from __future__ import annotations

import errno
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fake_hub import COMMIT, FakeRepo, serving
from tests.models.hub.test_plan import SHARDS, VIT, sharded
from vitviewer.errors import Cancelled, ModelError
from vitviewer.models.catalog import list_models
from vitviewer.models.hub import download as hub_download
from vitviewer.models.hub.download import download
from vitviewer.models.hub.http import HubError
from vitviewer.models.hub.plan import plan
from vitviewer.models.sources import find

WEIGHTS = bytes(range(256)) * 4000
LARGE = {**VIT, "model.safetensors": WEIGHTS, "preprocessor_config.json": b"{}"}


@pytest.fixture
def cache(tmp_path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def serve(monkeypatch, cache):
    """Run a hub with one repo, ``org/vit``, whose breaks are mended without a wait."""
    monkeypatch.setattr(hub_download, "PAUSE_S", 0)
    with serving(monkeypatch, cache) as hub:

        def add(repo):
            hub.repos["org/vit"] = repo
            return hub

        yield add


def get(source="org/vit", progress=lambda done, total: None, cancelled=lambda: False):
    return download(plan(source), progress, cancelled)


def cached_names() -> list[str]:
    return [entry.name for entry in list_models() if entry.kind == "cached"]


def assert_not_there() -> None:
    assert cached_names() == []
    with pytest.raises(ModelError, match="nor a downloaded model"):
        find("org/vit")


def test_a_downloaded_model_opens(serve, tiny_vit):
    from vitviewer.models.loading import load

    hub = serve(FakeRepo())
    hub.repos["org/tiny"] = FakeRepo.of(tiny_vit)
    folder = get("org/tiny")
    assert find("org/tiny").folder == folder
    assert cached_names() == ["org/tiny"]
    assert load("org/tiny", "cpu").facts.name == "org/tiny"


def test_files_are_where_other_programs_look(serve, cache):
    from huggingface_hub import scan_cache_dir, snapshot_download

    serve(FakeRepo(LARGE))
    folder = get()
    assert folder == cache / "models--org--vit" / "snapshots" / COMMIT
    assert {f.name: f.read_bytes() for f in folder.iterdir()} == LARGE
    assert snapshot_download("org/vit", local_files_only=True) == str(folder)
    scanned = scan_cache_dir(cache)
    assert not scanned.warnings
    assert scanned.size_on_disk == sum(map(len, LARGE.values()))
    assert list(cache.rglob("*.incomplete")) == []


def test_the_hubs_own_library_gets_the_same_from_the_same_hub(serve, tmp_path):
    from huggingface_hub import HfApi

    hub = serve(FakeRepo(LARGE))
    own, api = get(), HfApi(hub.url)
    for name in LARGE:
        theirs = Path(api.hf_hub_download("org/vit", name, cache_dir=tmp_path / "hub"))
        assert theirs.parent.name == COMMIT
        assert theirs.resolve().name == (own / name).resolve().name
    info = api.model_info("org/vit", files_metadata=True)
    assert {s.rfilename: s.size for s in info.siblings} == dict(plan("org/vit").files)
    assert next(api.list_models(search="vit", limit=1)).id == "org/vit"


def test_progress_only_grows_and_is_told_often(serve):
    serve(FakeRepo(LARGE))
    told = []
    get(progress=lambda *pair: told.append(pair))
    total = sum(map(len, LARGE.values()))
    done = [pair[0] for pair in told]
    assert {pair[1] for pair in told} == {total}
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, total)
    assert len(set(done)) > 8


def test_what_is_there_is_not_fetched_again(serve):
    hub = serve(FakeRepo(LARGE))
    folder = get()
    assert plan("org/vit").missing_bytes == 0
    assert get() == folder
    assert len(hub.asked("model.safetensors")) == 1
    assert len(hub.asked("preprocessor_config.json")) == 1


def test_a_new_commit_shares_the_files_that_stayed(serve):
    hub = serve(FakeRepo(LARGE))
    old = get()
    repo = hub.repos["org/vit"]
    repo.commits["main"] = "e" * 40
    repo.files = {**LARGE, "preprocessor_config.json": b"{  }"}
    assert plan("org/vit").missing_bytes == 4
    new = get()
    assert (new.name, old.is_dir()) == ("e" * 40, True)
    assert find("org/vit").folder == new
    assert len(hub.asked("model.safetensors")) == 1


def test_a_pinned_model_is_found_by_its_revision(serve):
    commits = {"main": COMMIT, "refs/pr/1": "d" * 40}
    serve(FakeRepo(LARGE, commits=commits))
    assert get("org/vit@refs/pr/1").name == "d" * 40
    assert find("org/vit@refs/pr/1").revision == "d" * 40
    assert find(f"org/vit@{'d' * 40}").revision == "d" * 40
    assert cached_names() == []
    with pytest.raises(ModelError, match="keeps ‘org/vit’, whose files are further"):
        find("org/vit")  # main is not there


def test_a_sharded_model_comes_whole(serve):
    files = sharded(*SHARDS)
    serve(FakeRepo(files))
    assert {f.name: f.read_bytes() for f in get().iterdir()} == files


def test_the_config_is_asked_for_last_and_named_last(serve, monkeypatch):
    hub = serve(FakeRepo(sharded(*SHARDS)))
    named = []
    link = Path.symlink_to

    def noted(self, target):
        named.append(self.name)
        link(self, target)

    monkeypatch.setattr(Path, "symlink_to", noted)
    wanted = plan("org/vit")
    hub.requests.clear()
    download(wanted, lambda *_: None, lambda: False)
    names = [name for name, _ in wanted.files]
    asked = [path.split("/")[2] for path, _ in hub.requests if path.startswith("/cdn")]
    assert asked == named == names
    assert names[-1] == "config.json"


# ---------------------------------------------------------------- broken off


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_connection_is_made_again(serve, ranges):
    hub = serve(FakeRepo(LARGE, behaviour="cut", cuts=2, ranges=ranges))
    told = []
    folder = get(progress=lambda done, _: told.append(done))
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    n = len(WEIGHTS)
    quarters = [f"bytes={n // 2}-", f"bytes={n * 3 // 4}-"]
    assert hub.asked("model.safetensors")[:2] == [None, quarters[0]]
    if ranges:
        assert hub.asked("model.safetensors") == [None, *quarters]
    assert told == sorted(told)


def test_a_connection_that_stays_broken_is_given_up_and_resumed_later(serve, cache):
    hub = serve(FakeRepo(LARGE, behaviour="cut", cuts=3))
    with pytest.raises(HubError, match=r"broke off while ‘model\.safetensors’"):
        get()
    assert_not_there()
    begun = [file.stat().st_size for file in cache.rglob("*.incomplete")]
    assert begun == [len(WEIGHTS) * 7 // 8]
    again = plan("org/vit")
    assert again.missing_bytes == again.total_bytes - begun[0]
    get()
    assert hub.asked("model.safetensors")[3:] == [f"bytes={begun[0]}-"]


def test_a_stall_ends_and_is_worded(serve, monkeypatch):
    hub = serve(FakeRepo(LARGE, behaviour="stalled"))
    with monkeypatch.context() as patch:
        patch.setattr(hub_download, "STALL_S", 0.5)
        with pytest.raises(HubError, match=r"Nothing has come .* for 0\.5 s"):
            get()
    assert len(hub.asked("model.safetensors")) == 1
    assert_not_there()
    hub.repos["org/vit"].behaviour = "good"
    folder = get()
    assert find("org/vit").folder == folder


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("403", "ask for access"), ("404", "no model"), ("500", "has trouble")],
)
def test_a_refusal_during_the_download(serve, behaviour, words):
    hub = serve(FakeRepo(LARGE))
    wanted = plan("org/vit")
    hub.repos["org/vit"].behaviour = behaviour
    with pytest.raises(HubError, match=words):
        download(wanted, lambda *_: None, lambda: False)
    assert_not_there()


def test_going_offline_before_the_download(serve, monkeypatch):
    from huggingface_hub import constants

    serve(FakeRepo(LARGE))
    wanted = plan("org/vit")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        download(wanted, lambda *_: None, lambda: False)


# ----------------------------------------------------------------- cancelled


def test_a_cancel_leaves_nothing_that_looks_whole_and_is_resumed(serve, tiny_vit):
    files = {**FakeRepo.of(tiny_vit).files, "model.safetensors": WEIGHTS}
    hub = serve(FakeRepo(files))
    seen = []

    def progress(done, total):
        seen.append(done)

    with pytest.raises(Cancelled):
        get(progress=progress, cancelled=lambda: bool(seen and seen[-1] > 100_000))
    assert 0 < seen[-1] < len(WEIGHTS)
    assert_not_there()
    folder = get()
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    first, second = hub.asked("model.safetensors")
    assert first is None
    assert int(second.removeprefix("bytes=").rstrip("-")) > 100_000


def test_a_cancel_ends_a_stall(serve, monkeypatch):
    monkeypatch.setattr(hub_download, "STALL_S", 3600)
    hub = serve(FakeRepo(LARGE, behaviour="stalled"))
    with pytest.raises(Cancelled):
        get(cancelled=hub.stalled.is_set)
    assert_not_there()
    assert [t for t in threading.enumerate() if t.name == "hub-cancel"] == []


def test_a_cancel_beforehand_asks_nobody(serve):
    hub = serve(FakeRepo(LARGE))
    wanted = plan("org/vit")
    hub.requests.clear()
    with pytest.raises(Cancelled):
        download(wanted, lambda *_: None, lambda: True)
    assert hub.requests == []


def test_a_cancelled_update_leaves_the_older_model(serve):
    hub = serve(FakeRepo(LARGE))
    old = get()
    repo = hub.repos["org/vit"]
    repo.commits["main"] = "e" * 40
    repo.files = {**LARGE, "model.safetensors": WEIGHTS + b"x"}
    seen = []
    with pytest.raises(Cancelled):
        get(
            progress=lambda done, _: seen.append(done),
            cancelled=lambda: bool(seen and seen[-1] > 100_000),
        )
    assert find("org/vit").folder == old


# ------------------------------------------------------------- wrong or full


@pytest.mark.parametrize("name", ["model.safetensors", "preprocessor_config.json"])
def test_a_damaged_file_is_refused_and_fetched_anew(serve, cache, name):
    hub = serve(FakeRepo(LARGE, wrong={name: b"y" * len(LARGE[name])}))
    with pytest.raises(HubError, match="arrived damaged"):
        get()
    assert_not_there()
    assert list(cache.rglob("*.incomplete")) == []
    hub.repos["org/vit"].wrong.clear()
    assert (get() / name).read_bytes() == LARGE[name]


def test_more_than_was_planned_is_refused(serve, cache):
    serve(FakeRepo(LARGE, wrong={"model.safetensors": WEIGHTS * 2}))
    with pytest.raises(HubError, match="more than the file has"):
        get()
    assert [file.stat().st_size for file in cache.rglob("*.incomplete")] == [0]


def test_a_begun_file_that_cannot_be_right_is_begun_anew(serve, cache):
    hub = serve(FakeRepo(LARGE))
    sibling = hub.repos["org/vit"].siblings()[1]
    blobs = cache / "models--org--vit" / "blobs"
    blobs.mkdir(parents=True)
    part = blobs / f"{sibling['lfs']['sha256']}.incomplete"
    part.write_bytes(WEIGHTS + b"too much")
    assert plan("org/vit").missing_bytes == plan("org/vit").total_bytes
    assert (get() / "model.safetensors").read_bytes() == WEIGHTS
    assert hub.asked("model.safetensors") == [None]


def test_a_range_that_the_hub_does_not_have_is_begun_anew(serve, cache):
    wrong = {"model.safetensors": WEIGHTS[:100]}
    hub = serve(FakeRepo(LARGE, wrong=wrong))
    with pytest.raises(HubError, match="broke off"):
        get()
    assert hub.asked("model.safetensors") == [None, "bytes=100-", None]


def test_a_plan_that_does_not_fit_the_hub_is_refused(serve):
    serve(FakeRepo(LARGE))
    wanted = plan("org/vit")
    wrong = replace(wanted, files=(("model.safetensors", 5), *wanted.files[1:]))
    with pytest.raises(HubError, match="other files"):
        download(wrong, lambda *_: None, lambda: False)


def test_a_disk_that_fills_up_is_worded(serve, monkeypatch):
    serve(FakeRepo(LARGE))

    class Full:
        def __init__(self, file):
            self._file = file

        def __getattr__(self, name):
            return getattr(self._file, name)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self._file.close()

        def write(self, data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", *a, **k: (
            Full(opened(self, mode, *a, **k))
            if mode == "ab"
            else opened(self, mode, *a, **k)
        ),
    )
    with pytest.raises(HubError, match="disk is full: free some space"):
        get()
    assert_not_there()


def test_a_cache_that_is_a_file(serve, cache):
    serve(FakeRepo(LARGE))
    cache.write_bytes(b"")
    with pytest.raises(HubError, match="could not be written"):
        get()


def test_a_file_system_without_links(serve, monkeypatch):
    def refuse(self, target):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    serve(FakeRepo(LARGE))
    assert {f.name: f.read_bytes() for f in get().iterdir()} == LARGE


def test_another_download_of_the_same_file_is_left_alone(serve, cache, monkeypatch):
    from huggingface_hub.utils import WeakFileLock

    monkeypatch.setattr(hub_download, "_LOCK_S", 0.05)
    hub = serve(FakeRepo(LARGE))
    etag = hub.repos["org/vit"].siblings()[1]["lfs"]["sha256"]
    locks = cache / ".locks" / "models--org--vit"
    locks.mkdir(parents=True)
    with (
        WeakFileLock(locks / f"{etag}.lock"),
        pytest.raises(HubError, match="Another program"),
    ):
        get()
