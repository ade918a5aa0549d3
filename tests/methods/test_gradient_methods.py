"""Chefer's rollout, token gradients and Grad-CAM against autograd in float64.

The references keep every attention matrix, as the papers' own code does, and know the
models' modules by name.
"""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers

from tests.cancelling import CancelledAfter
from tests.methods.test_budget import PICTURE, PIXELS, engine_of, hooks_of, stir
from tests.zoo import ZOO
from vitviewer.engine.engine import Engine
from vitviewer.errors import Cancelled, ModelError
from vitviewer.queries import Request, Target

METHODS = ["chefer", "token-gradient", "grad-cam"]
CLASSIFIERS = [name for name in ZOO if "Classification" in ZOO[name].architecture]
NORMS = ("layernorm_before", "norm1", "layer_norm1")
#: Which tokens the classifier reads: the class token, patches on average, or both.
READS = {
    "ViT": "class",
    "DeiT": "class",
    "DeiT, two heads": "two",
    "ViT-MSN": "class",
    "I-JEPA": "mean",
    "BEiT, bias of each layer": "mean",
    "DINOv2, classifier": "both",
}


class Reference:
    """A model in float64 whose matrices and norm outputs have gradients."""

    def __init__(self, folder, name):
        model = getattr(transformers, ZOO[name].architecture).from_pretrained(
            folder, attn_implementation="eager"
        )
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()
        stir(model)
        self.model = model.double().eval()

    def run(self, inputs, index, minus=None):
        """Return matrices and norm outputs with their gradients, as NumPy arrays."""
        read, hooks = [], []

        def keep(_module, _inputs, output):
            output.retain_grad()
            read.append(output)

        for name, part in self.model.named_modules():
            if name.endswith(NORMS):
                hooks.append(part.register_forward_hook(keep))
        inputs = {
            n: v.double() if torch.is_tensor(v) and v.is_floating_point() else v
            for n, v in inputs.items()
        }
        output = self.model(**inputs, output_attentions=True)
        for hook in hooks:
            hook.remove()
        for matrix in output.attentions:
            matrix.retain_grad()
        logits = output.logits[0]
        (logits[index] - (0.0 if minus is None else logits[minus])).backward()
        matrices = [(a[0].detach(), a.grad[0]) for a in output.attentions]
        return matrices, [(z[0].detach(), z.grad[0]) for z in read]


def ask(engine, name, index=1, minus=None):
    return engine.answer(Request(name, target=Target(index, minus)))


def readout(kind, tokens):
    """Return the read-out's weights by hand."""
    weights = np.zeros(tokens.n_tokens)
    if kind in ("class", "both", "two"):
        weights[0] = 1.0
    if kind == "two":
        weights[1] = 1.0
    if kind in ("mean", "both"):
        weights[tokens.patches] = 1.0 / tokens.n_patches
    return weights / weights.sum()


@pytest.mark.parametrize("name", READS)
def test_all_three_are_what_their_papers_say(tmp_path, name):
    engine = engine_of(tmp_path, name)
    run = engine.need_model().run(PIXELS)
    reference = Reference(tmp_path, name)
    matrices, read = reference.run(run.replay.inputs, 2, 4)

    # R <- R + mean over heads of relu(gradient * attention) R, whole matrices.
    relevance, rows = np.eye(run.tokens.n_tokens), []
    for attention, gradient in matrices:
        weighted = torch.relu(attention.double() * gradient.double()).mean(0)
        relevance = relevance + weighted.numpy() @ relevance
        rows.append(readout(READS[name], run.tokens) @ relevance)
    ours = ask(engine, "chefer", 2, 4).values[:, 0]
    np.testing.assert_allclose(ours, rows, rtol=2e-4, atol=2e-6)

    assert len(read) == len(matrices)
    expected = [(z * g).sum(-1).numpy() for z, g in read]
    ours = ask(engine, "token-gradient", 2, 4).values[:, 0]
    scale = np.abs(expected).max()
    np.testing.assert_allclose(ours, expected, rtol=2e-4, atol=1e-5 * scale)

    patches = run.tokens.patches
    expected = [(z @ g[patches].mean(0)).numpy() for z, g in read]
    ours = ask(engine, "grad-cam", 2, 4).values[:, 0]
    scale = np.abs(expected).max()
    np.testing.assert_allclose(ours, expected, rtol=2e-4, atol=1e-5 * scale)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_can_be_asked(tmp_path, name):
    engine = engine_of(tmp_path, name)
    explanation = engine.explain(PICTURE)
    for method in METHODS:
        answer = ask(engine, method)
        assert answer.values.shape == (3, 1, explanation.tokens.n_tokens)
        assert answer.target_value == pytest.approx(
            float(explanation.logits[1]), abs=1e-4
        )
        assert np.ptp(answer.values[-1]) > 0.0


def test_swapped_classes_and_differences(tmp_path):
    engine = engine_of(tmp_path)
    for method in METHODS[1:]:
        one, two = (ask(engine, method, i).values for i in (1, 2))
        scale = np.abs(one).max()
        more, less = (ask(engine, method, *p).values for p in ((1, 2), (2, 1)))
        np.testing.assert_allclose(more, one - two, atol=1e-5 * scale)
        np.testing.assert_allclose(less, -more, atol=1e-5 * scale)
    before = {method: ask(engine, method, 1).values for method in METHODS}
    classifier = engine.need_model().module.classifier
    for parameter in (classifier.weight, classifier.bias):
        parameter.data[[1, 2]] = parameter.data[[2, 1]].clone()
    for method in METHODS:
        swapped = ask(engine, method, 2).values
        scale = np.abs(swapped).max()
        np.testing.assert_allclose(swapped, before[method], atol=1e-6 * scale)


def test_relevance_that_nothing_speaks_for_stays_where_it_is(tmp_path):
    """Without values no gradient comes by attention: R is the identity."""
    engine = engine_of(tmp_path)
    for name, part in engine.need_model().module.named_modules():
        if name.endswith((".value", ".v_proj")):
            part.weight.data.zero_()
            part.bias.data.zero_()
    explanation = engine.explain(PICTURE)
    values = ask(engine, "chefer").values
    expected = np.zeros_like(values)
    expected[..., explanation.tokens.class_index] = 1.0
    np.testing.assert_array_equal(values, expected)


def test_relevance_adds_up_over_heads_before_they_are_averaged(tmp_path):
    """What one head says against the answer takes nothing from what another says."""
    engine = engine_of(tmp_path)
    assert (ask(engine, "chefer").values >= 0.0).all()


@pytest.mark.parametrize("method", METHODS)
def test_what_can_go_wrong(tmp_path, method):
    engine = engine_of(tmp_path)
    with pytest.raises(ModelError, match="There is no class 7"):
        ask(engine, method, 7)
    with pytest.raises(Cancelled):
        engine.answer(Request(method), CancelledAfter(3))
    module = engine.need_model().module
    before = hooks_of(module)
    ask(engine, method)
    assert hooks_of(module) == before
    assert all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("method", METHODS)
def test_gradients_that_are_not_finite_are_told(tmp_path, method):
    engine = engine_of(tmp_path)

    # A square root at 0 has a finite value and no finite slope.
    def bend(_module, _inputs, output):
        first = output[0] if isinstance(output, tuple) else output
        bent = first + 0.0 * (first - first.detach()).abs().sqrt()
        return (bent, *output[1:]) if isinstance(output, tuple) else bent

    hook = engine.need_model().run(PIXELS).replay.blocks[1].register_forward_hook(bend)
    try:
        with pytest.raises(ModelError, match="not finite numbers"):
            ask(engine, method)
    finally:
        hook.remove()


def test_an_engine_without_a_picture_says_so(tmp_path):
    with pytest.raises(ModelError, match="No picture"):
        Engine().answer(Request("chefer", target=Target(0)))
