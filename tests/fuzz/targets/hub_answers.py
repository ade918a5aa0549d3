"""What the hub answers: to a search, and to the questions before a download."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

from huggingface_hub import constants

from tests.fuzz.mutation import json_mutator
from vitviewer.models.hub import http as hub_http
from vitviewer.models.hub.http import HubError
from vitviewer.models.hub.plan import Plan, plan
from vitviewer.models.hub.search import HubModel, search

_COMMIT = "c0ffee" + "0" * 34
_INDEX = "model.safetensors.index.json"


def attempt(data: bytes, folder: Path) -> None:
    with (
        patch.object(hub_http, "_read", _answers(data)),
        patch.object(constants, "HF_HUB_CACHE", str(folder / "cache")),
    ):
        with suppress(HubError):
            _check_models(search("vit"))
        with suppress(HubError):
            _check_plan(plan("owner/name"))


def _answers(data: bytes) -> Callable[..., bytes]:
    """Return what answers each question: a part of a JSON list, or all the bytes."""
    try:
        parts = [json.dumps(part).encode() for part in json.loads(data)]
    except (ValueError, TypeError, RecursionError):
        parts = []
    search, listing, config, index = [*parts, *[data] * 4][:4]

    def read(path: str, *_rest: Any) -> bytes:
        if path == "api/models":
            return search
        if path.endswith(_INDEX):
            return index
        return config if path.endswith("config.json") else listing

    return read


def _check_models(models: list[HubModel]) -> None:
    assert len(models) <= 20
    for model in models:
        assert model.repo.isprintable()
        assert isinstance(model.gated, bool)
        assert isinstance(model.downloads, int)
        assert f"{model.downloads:,}"
        assert model.family is None or model.family.isprintable()
        assert model.refusal == "" or model.refusal.isprintable()


def _check_plan(plan: Plan) -> None:
    assert plan.revision == _COMMIT or len(plan.revision) == 40
    assert 0 <= plan.missing_bytes <= plan.total_bytes
    assert plan.total_bytes == sum(size for _, size in plan.files)
    assert all(Path(name).name == name and size >= 0 for name, size in plan.files)


def seeds() -> Iterator[bytes]:
    config = {"model_type": "vit"}
    found = {
        **{"id": "owner/name", "downloads": 7, "gated": False, "config": config},
        "siblings": [{"rfilename": "model.safetensors"}],
    }
    names = ("config.json", "preprocessor_config.json", _INDEX)
    small = [{"rfilename": n, "size": 9, "blobId": "a" * 40} for n in names]
    lfs = {"sha256": "b" * 64, "size": 99, "pointerSize": 134}
    shard = {"rfilename": "a.safetensors", "size": 99, "blobId": "c" * 40, "lfs": lfs}
    whole = {**shard, "rfilename": "model.safetensors"}
    index = {"metadata": {}, "weight_map": {"layer": "a.safetensors"}}
    for files in ([*small, shard], [*small, whole]):
        listing = {"sha": _COMMIT, "siblings": files}
        yield json.dumps([[found, found], listing, config, index]).encode()
    timm = {"architecture": "vit_tiny_patch16_224"}
    gated = {**found, "gated": "manual", "config": timm}
    yield json.dumps([[gated], {"sha": _COMMIT, "siblings": []}, timm, {}]).encode()


mutate = json_mutator(seeds())
