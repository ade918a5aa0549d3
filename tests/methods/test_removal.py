"""Removal: the same as dropping tokens by hand, whatever the answer is read from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.cancelling import CancelledAfter
from tests.methods.test_budget import PICTURE, PIXELS, engine_of, hooks_of
from tests.zoo import ZOO
from vitviewer.errors import Cancelled, ModelError
from vitviewer.jobs import Job
from vitviewer.methods.removal import groups_of
from vitviewer.queries import Request, Target
from vitviewer.tokens import TokenLayout

CLASSIFIERS = [name for name in ZOO if "Classification" in ZOO[name].architecture]


def ask(engine, index=1, minus=None, job=None, **settings):
    pairs = tuple(sorted(settings.items()))
    request = Request("removal", target=Target(index, minus), settings=pairs)
    return engine.answer(request, job)


def logits_without(engine, group):
    """Drop tokens before the first block; the heads are written out by hand."""
    model = engine.need_model()
    replay = model.run(PIXELS).replay
    first, _ = replay.blocks

    def drop(_block, args, kwargs):
        kept = [i for i in range(args[0].shape[1]) if i not in group]
        return (args[0][:, kept], *args[1:]), kwargs

    handle = first.register_forward_pre_hook(drop, with_kwargs=True)
    try:
        with torch.no_grad():
            return model.module(**replay.inputs).logits[0].numpy()
    finally:
        handle.remove()


# What is read of these are a class token, two, both class token and mean, a mean alone.
@pytest.mark.parametrize(
    "name", ["ViT", "DeiT, two heads", "DINOv2, classifier", "I-JEPA", "ViT-MSN"]
)
@pytest.mark.parametrize("detail", ["patches", "blocks"])
def test_it_is_as_if_the_tokens_were_dropped(tmp_path, name, detail):
    engine = engine_of(tmp_path, name)
    explanation = engine.explain(PICTURE)
    answer = ask(engine, 2, 4, detail=detail)
    assert answer.values.shape == (1, 1, explanation.tokens.n_tokens)
    whole = float(explanation.logits[2] - explanation.logits[4])
    assert answer.target_value == pytest.approx(whole, abs=1e-4)
    groups = groups_of(explanation.tokens, detail)
    for group in groups[:: max(1, len(groups) // 5)]:
        logits = logits_without(engine, set(group.tolist()))
        expected = whole - float(logits[2] - logits[4])
        for position in group:
            assert answer.values[0, 0, position] == pytest.approx(expected, abs=2e-4)
    assert not answer.values[..., explanation.tokens.special_positions].any()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_can_be_asked(tmp_path, name):
    engine = engine_of(tmp_path, name)
    explanation = engine.explain(PICTURE)
    answer = ask(engine)
    value = float(explanation.logits[1])
    assert answer.target_value == pytest.approx(value, rel=1e-4, abs=1e-4)
    patches = answer.values[0, 0, explanation.tokens.patches]
    assert np.count_nonzero(patches) == patches.size


def test_patches_that_are_not_looked_at_change_nothing(tmp_path):
    """With no values there is nothing to read: removing a patch is nothing at all."""
    engine = engine_of(tmp_path)
    for name, part in engine.need_model().module.named_modules():
        if name.endswith((".value", ".v_proj")):
            part.weight.data.zero_()
    engine.explain(PICTURE)
    assert np.abs(ask(engine).values).max() < 1e-5


def test_a_model_that_reads_patches_elsewhere_is_refused(tmp_path):
    engine = engine_of(tmp_path)
    last = engine.need_model().run(PIXELS).replay.blocks[1]

    def leak(_module, _inputs, output):
        """Let the class token have the largest of all tokens, past attention."""
        first = output[0] if isinstance(output, tuple) else output
        changed = first.clone()
        changed[:, 0] += first.amax(dim=1)
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    hook = last.register_forward_hook(leak)
    try:
        engine.explain(PICTURE)
        with pytest.raises(ModelError, match="not known, so none can be removed"):
            ask(engine)
    finally:
        hook.remove()


def test_blocks_cover_every_patch_once():
    for rows, cols in ((14, 14), (37, 37), (5, 20), (16, 17)):
        tokens = TokenLayout.of_grid(("class",), rows, cols)
        groups = groups_of(tokens, "blocks")
        assert len(groups) == min(rows, 7) * min(cols, 7)
        np.testing.assert_array_equal(np.sort(np.concatenate(groups)), tokens.patches)
        expected = rows * cols if rows * cols <= 256 else len(groups)
        assert len(groups_of(tokens, "auto")) == expected


def test_it_tells_how_far_it_is_and_can_be_cancelled(tmp_path):
    engine = engine_of(tmp_path)
    told = []
    ask(engine, job=Job(on_progress=told.append))
    assert told[-1].done == told[-1].total == 16
    assert [p.done for p in told] == sorted(p.done for p in told)
    with pytest.raises(Cancelled):
        ask(engine, job=CancelledAfter(8))
    module = engine.need_model().module
    before = hooks_of(module)
    ask(engine)
    assert hooks_of(module) == before


def test_blocks_are_named(tmp_path):
    engine = engine_of(tmp_path, "DINOv2, classifier")
    assert ask(engine, detail="patches").note == ""
    if engine.explain(PICTURE).tokens.n_patches > 49:
        assert ask(engine, detail="blocks").note == "removed in 7 × 7 blocks"
