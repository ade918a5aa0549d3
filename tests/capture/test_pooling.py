"""The pooling head's row is the one that the model itself computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.zoo import breed
from vitviewer.engine.engine import Engine
from vitviewer.errors import ModelError
from vitviewer.models.loading import load
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Query, QueryKind, Request

PICTURE = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)
POOL = Query(QueryKind.POOL)


def head_rows(model):
    """Return what torch's own MultiheadAttention gives as weights, (heads, tokens)."""
    head = next(
        m for m in model.module.modules() if isinstance(m, torch.nn.MultiheadAttention)
    )
    seen = []

    def ask(_head, inputs, kwargs, _output):
        seen.append((inputs, kwargs))

    hook = head.register_forward_hook(ask, with_kwargs=True)
    model.run(PICTURE)
    hook.remove()
    inputs, kwargs = seen[0]
    with torch.no_grad():
        return head(*inputs, **kwargs, average_attn_weights=False)[1][0, :, 0]


@pytest.mark.parametrize("name", ["SigLIP", "SigLIP 2"])
def test_the_row_is_torch_s_own(tmp_path, name):
    model = load(str(breed(tmp_path / "model", name)), "cpu")
    assert model.facts.default_query == POOL
    run = model.run(PICTURE)
    ours = run.recording.pool.rows(0, 1)[:, 0]
    theirs = head_rows(model)
    n = run.tokens.n_tokens
    torch.testing.assert_close(ours, theirs[:, :n], atol=1e-6, rtol=0)
    assert float(theirs[:, n:].sum()) == 0.0
    assert ours.amax() > 0.08, "it should differ from uniform"


def test_aimv2_s_row_weighs_its_values_into_its_output(tmp_path):
    model = load(str(breed(tmp_path / "model", "AIMv2")), "cpu")
    head = model.module.head
    seen = {}
    hooks = [
        head.v_proj.register_forward_hook(lambda *a: seen.update(value=a[2][0])),
        head.output_proj.register_forward_hook(lambda *a: seen.update(pooled=a[1][0])),
    ]
    row = model.run(PICTURE).recording.pool.rows(0, 1)[:, 0]
    for hook in hooks:
        hook.remove()
    heads, width = row.shape[0], seen["value"].shape[1] // row.shape[0]
    value = seen["value"].reshape(-1, heads, width)
    pooled = torch.einsum("hn,nhd->hd", row, value).reshape(1, -1)
    torch.testing.assert_close(pooled, seen["pooled"], atol=1e-6, rtol=0)
    torch.testing.assert_close(row.sum(-1), torch.ones(heads))


def test_the_engine_answers_for_the_pooling_head(tmp_path):
    engine = Engine()
    engine.load(breed(tmp_path / "model", "SigLIP"), "cpu")
    explanation = engine.explain(from_pixels(PICTURE, "noise"))
    rows = explanation.rows
    assert rows.query == POOL
    assert rows.values.shape == (1, 4, 16)
    rolled = engine.answer(Request("rollout", POOL))
    patches = [Query.patch(i // 4, i % 4) for i in range(16)]
    one_hot = [engine.answer(Request("rollout", q)).values[:, 0] for q in patches]
    mixed = np.einsum("n,nlt->lt", rows.values[0].mean(axis=0), np.stack(one_hot))
    np.testing.assert_allclose(rolled.values[:, 0], mixed, atol=1e-6)


def test_a_model_without_one_says_so(tmp_path):
    engine = Engine()
    engine.load(breed(tmp_path / "model", "ViT"), "cpu")
    engine.explain(from_pixels(PICTURE, "noise"))
    with pytest.raises(ModelError, match="no pooling head"):
        engine.answer(Request(query=POOL))
