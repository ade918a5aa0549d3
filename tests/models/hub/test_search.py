"""Searching the hub, with a hub on this machine."""

from __future__ import annotations

import pytest

from tests.fake_hub import VIT, FakeRepo
from vitviewer.models.hub import search as hub_search
from vitviewer.models.hub.http import HubError
from vitviewer.models.hub.search import HubModel, search


def test_search_tells_what_opens_and_why_not(serve):
    clip = {**VIT, "config.json": b'{"model_type": "llama"}'}
    pickle = {"config.json": VIT["config.json"], "pytorch_model.bin": b"x"}
    serve(
        vit_few=FakeRepo(VIT, downloads=3),
        vit_many=FakeRepo(VIT, downloads=90, gated="manual"),
        vit_not=FakeRepo(clip, downloads=50),
        vit_pickle=FakeRepo(pickle, downloads=40),
        vit_unknown=FakeRepo({"model.safetensors": b"x"}, downloads=10),
        other=FakeRepo(VIT, downloads=100),
    )
    many, llama, old, unknown, few = search(" VIT ")
    assert many == HubModel("org/vit_many", 90, True, few.family, "")
    assert few == HubModel("org/vit_few", 3, False, few.family, "")
    assert few.family
    assert (llama.repo, llama.family) == ("org/vit_not", None)
    assert "llama" in llama.refusal
    assert "\n" not in llama.refusal
    assert "safetensors/convert" in old.refusal
    assert unknown == HubModel("org/vit_unknown", 10, False, None, "")


def test_search_asks_for_no_more_than_is_shown(serve):
    hub = serve(**{f"vit{i}": FakeRepo(VIT, downloads=i) for i in range(5)})
    assert len(search("vit", limit=2)) == 2
    assert "limit=2" in hub.requests[0][0]
    assert "sort=downloads" in hub.requests[0][0]
    assert search("nothing like it") == []


def test_a_blank_search_asks_nobody(serve):
    hub = serve()
    assert search("  ") == []
    assert hub.requests == []


def test_names_of_others_are_made_plain(serve):
    hub = serve()
    hub.repos["org/bad\n\x1b[31m\u202ename"] = FakeRepo(VIT)
    hub.repos["org/" + "n" * 5000] = FakeRepo(VIT)
    for model in search("org/"):
        assert model.repo.isprintable()
        assert len(model.repo) < 200
    assert "owner/name" in next(m for m in search("bad")).refusal


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"error": "x"},
        [1, "a", None, {}, {"id": 3}],
        [{"id": "a/b", "config": "x", "siblings": 4, "downloads": "many"}],
        [{"id": "a/b", "config": {"model_type": ["vit"]}, "siblings": [None]}],
    ],
)
def test_search_survives_any_answer(monkeypatch, answer):
    monkeypatch.setattr(hub_search, "get_json", lambda *_: answer)
    assert all(m.repo == "a/b" and m.downloads == 0 for m in search("x"))


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("500", "has trouble"), ("429", "a few minutes"), ("login", "hf auth login")],
)
def test_search_words_a_refusal(serve, behaviour, words):
    serve().repos["search"] = FakeRepo(behaviour=behaviour)
    with pytest.raises(HubError, match=words):
        search("vit")
