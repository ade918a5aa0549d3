"""Asking the hub: what goes wrong on the way, and what it is told."""

from __future__ import annotations

import pytest

from tests.fake_hub import VIT, FakeRepo
from vitviewer.models.hub import http as hub_http
from vitviewer.models.hub.http import HubError, get_json
from vitviewer.models.hub.plan import plan
from vitviewer.models.hub.search import search


def test_a_login_is_told_to_the_hub_alone(serve, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub = serve(vit=FakeRepo(VIT))
    plan("org/vit")
    told = {path.split("/")[1]: token for path, token in hub.tokens.items()}
    assert told == {"api": "Bearer hf_secret", "org": "Bearer hf_secret", "cdn": None}


def ask_both():
    """Return what search and plan say when they cannot ask."""
    for ask in (search, plan):
        with pytest.raises(HubError) as caught:
            ask("org/vit")
        yield str(caught.value)


def test_offline_is_said_at_once(serve, monkeypatch):
    from huggingface_hub import constants

    hub = serve(vit=FakeRepo(VIT))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert all("HF_HUB_OFFLINE" in words for words in ask_both())
    assert hub.requests == []


def test_a_hub_that_cannot_be_reached(serve, monkeypatch):
    from huggingface_hub import constants

    serve()
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    assert all("check the internet connection" in words for words in ask_both())


def test_a_hub_that_does_not_answer(serve, monkeypatch):
    serve(slow=FakeRepo({"model.safetensors": b"xx"}, behaviour="stalled"))
    monkeypatch.setattr(hub_http, "TIMEOUT_S", 0.5)
    with pytest.raises(HubError, match="did not answer in time"):
        get_json("cdn/model.safetensors/org/slow", "org/slow", 1000)


@pytest.mark.parametrize(
    "address", ["hub", "ftp://hub", "http://", "http://[bad", "http://hub:port"]
)
def test_a_wrong_endpoint_is_named(monkeypatch, address):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", address)
    assert all("HF_ENDPOINT" in words for words in ask_both())
