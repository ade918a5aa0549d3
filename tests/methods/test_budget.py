"""The logit budget: it adds up for every family, and is what the formula says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers

from tests.cancelling import CancelledAfter
from tests.zoo import ZOO, breed
from vitviewer.capture.direct_path import direct_path
from vitviewer.engine.engine import Engine
from vitviewer.errors import Cancelled, ModelError
from vitviewer.methods.targets import logit
from vitviewer.models.loading import load
from vitviewer.pictures.picture import from_pixels
from vitviewer.queries import Request, Target

PIXELS = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)
PICTURE = from_pixels(PIXELS, "noise", "test")
CLASSIFIERS = [name for name in ZOO if "Classification" in ZOO[name].architecture]
BENT = {"SigLIP", "SigLIP 2", "FLAVA"}
"""Something after the last block bends: a pooling head's MLP, a pooler's tanh."""


def stir(module):
    """Give biases, norms and layer scales values of their own."""
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim == 1:
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.data = parameter.data + 0.2 * noise


def engine_of(folder, name="ViT", stirred=True):
    """Return an engine that has explained the picture."""
    model = load(str(breed(folder, name)), "cpu")
    if stirred:
        stir(model.module)
    engine = Engine.of(model)
    engine.explain(PICTURE)
    return engine


def ask(engine, index=1, minus=None):
    return engine.answer(Request("budget", target=Target(index, minus)))


def total(answer):
    return answer.values.sum(dtype=np.float64) + sum(answer.parts.values())


def size_of(answer):
    """Return the sum of the sizes of all that adds up."""
    return float(np.abs(answer.values).sum()) + sum(map(abs, answer.parts.values()))


def hooks_of(module):
    return [len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules()]


def some_number(output, weights):
    """Return a number that the model's output is linear in."""
    logits = getattr(output, "logits", None)
    if logits is not None:
        return logits[0].flatten()[0]
    pooled = getattr(output, "pooler_output", None)
    if pooled is None:
        hidden = getattr(output, "last_hidden_state", None)
        if hidden is None:
            hidden = output.feature_maps[-1].flatten(2).transpose(1, 2)
        pooled = hidden[0].flatten(0, -2).mean(0)[None]
    return (pooled[0] * weights[: pooled.shape[-1]]).sum()


# --- it adds up -----------------------------------------------------------------------


@pytest.mark.corpus
@pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
@pytest.mark.parametrize("name", ZOO)
def test_what_is_written_adds_up_to_the_answer(tmp_path, name, double):
    model = load(str(breed(tmp_path, name)), "cpu")
    stir(model.module)
    run = model.run(PIXELS)
    replay, weights = run.replay, torch.linspace(-1, 1, 64)
    if double:
        model.module.double()
        inputs = {
            n: v.double() if v.is_floating_point() else v
            for n, v in replay.inputs.items()
            if torch.is_tensor(v)
        }
        replay = replace(replay, inputs={**replay.inputs, **inputs})
    path = direct_path(replay, lambda output: some_number(output, weights))
    with torch.no_grad():
        own = float(some_number(model.module(**replay.inputs), weights))
    # Some families compute parts in float32 whatever they are asked.
    assert path.answer == pytest.approx(own, abs=1e-6 * path.size)
    assert path.is_linearised == (name in BENT)
    if name not in BENT:
        assert abs(path.rest) <= (1e-7 if double else 1e-6) * path.size
    # Nothing is made up of one part alone.
    assert min(abs(path.attention), abs(path.mlp), abs(path.embedding)) > 0.0


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_parts_and_all_patches_sum_to_the_logit(tmp_path, name):
    engine = engine_of(tmp_path, name)
    explanation = engine.explain(PICTURE)
    for index, minus in ((1, None), (4, 2)):
        answer = ask(engine, index, minus)
        logits = explanation.logits.astype(np.float64)
        wanted = logits[index] - (0.0 if minus is None else logits[minus])
        size = size_of(answer)
        assert answer.target_value == pytest.approx(wanted, abs=1e-5 * size)
        assert total(answer) == pytest.approx(wanted, abs=1e-5 * size)
        assert set(answer.parts) == {"mlp", "embedding", "bias"}
        assert answer.values.shape == explanation.rows.values.shape


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_says_by_how_much_it_is_off(tmp_path, dtype):
    engine = Engine()
    engine.load(str(breed(tmp_path, "ViT", dtype)), "cpu")
    engine.explain(PICTURE)
    answer = ask(engine)
    size = size_of(answer)
    assert 0.0 < abs(answer.parts["rounding"]) < 0.05 * size
    assert total(answer) == pytest.approx(answer.target_value, abs=1e-5 * size)


# --- it is the formula ----------------------------------------------------------------


class Stream:
    """A transformers ViT or DINOv2 in float64: what each block reads and writes."""

    def __init__(self, folder, architecture):
        model = getattr(transformers, architecture).from_pretrained(
            folder, attn_implementation="eager"
        )
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()
        stir(model)
        self.model = model.double().eval()
        self.encoder = getattr(self.model, "vit", None) or self.model.dinov2

    def run(self, pixels):
        """Return the last hidden state before its norm, attention, values."""
        kept = {"norm": [], "value": []}
        hooks = [
            self.encoder.layernorm.register_forward_pre_hook(
                lambda _m, inputs: kept["norm"].append(inputs[0][0])
            )
        ]
        for name, part in self.encoder.named_modules():
            if name.endswith((".value", ".v_proj")):
                hooks.append(
                    part.register_forward_hook(
                        lambda _m, _i, output: kept["value"].append(output[0])
                    )
                )
        with torch.no_grad():
            output = self.model(pixel_values=pixels.double(), output_attentions=True)
        for hook in hooks:
            hook.remove()
        attention = [a[0].double() for a in output.attentions]
        return kept["norm"][0], attention, kept["value"], output.logits[0]

    def projections(self):
        """Return W_O and what scales its output, layer by layer."""
        names = (".attention.output.dense", ".o_proj")
        found = [p for n, p in self.encoder.named_modules() if n.endswith(names)]
        scales = [
            p.lambda1.detach()
            for n, p in self.encoder.named_modules()
            if n.endswith("layer_scale1")
        ]
        weights = [p.weight.detach() for p in found]
        return weights, scales or [torch.ones(len(w)).double() for w in weights]


def by_the_formula(stream, pixels, index, readout):
    """Return c[l, h, j] and the logit, from the paper's formula, token by token.

    ``readout`` are pairs: which columns of the classifier read a token, and the weight
    of each token there.
    """
    hidden, attention, values, logits = stream.run(pixels)
    norm, classifier = stream.encoder.layernorm, stream.model.classifier
    centred = hidden - hidden.mean(-1, keepdim=True)
    std = (centred.square().mean(-1, keepdim=True) + norm.eps).sqrt()
    pulled = torch.zeros_like(hidden)
    for columns, weights in readout:
        u = norm.weight.detach() * classifier.weight.detach()[index, columns]
        pulled += weights[:, None] * ((u - u.mean()) / std)
    layers = []
    for a, v, w, scale in zip(attention, values, *stream.projections(), strict=True):
        heads, n = a.shape[:2]
        v = v.reshape(n, heads, -1)
        w = w.reshape(len(w), heads, -1)
        written = torch.zeros(heads, n).double()
        for h in range(heads):
            for i in pulled.abs().sum(-1).nonzero()[:, 0]:
                back = w[:, h].T @ (scale * pulled[i])
                written[h] += a[h, i] * (v[:, h] @ back)
        layers.append(written)
    return torch.stack(layers).numpy(), float(logits[index])


@pytest.mark.parametrize(
    ("name", "architecture"),
    [
        ("ViT", "ViTForImageClassification"),
        ("DINOv2, classifier", "Dinov2ForImageClassification"),
    ],
)
def test_each_patch_of_each_head_is_what_the_formula_says(tmp_path, name, architecture):
    engine = engine_of(tmp_path, name)
    run = engine.need_model().run(PIXELS)
    n, tokens = run.recording.n_tokens, run.tokens
    one_hot = torch.eye(n).double()[0]
    readout = [(slice(0, 32), one_hot)]
    if name.startswith("DINOv2"):
        mean = torch.zeros(n).double()
        mean[tokens.patches] = 1 / tokens.n_patches
        readout.append((slice(32, 64), mean))
    stream = Stream(tmp_path, architecture)
    pixels = run.replay.inputs["pixel_values"]
    expected, value = by_the_formula(stream, pixels, 3, readout)
    answer = ask(engine, 3)
    assert answer.target_value == pytest.approx(value, rel=1e-5, abs=1e-5)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(answer.values, expected, atol=2e-6 * scale)


def test_swapped_classes_and_differences(tmp_path):
    engine = engine_of(tmp_path)
    one, two, more = ask(engine, 1), ask(engine, 2), ask(engine, 1, 2)
    less = ask(engine, 2, 1)
    scale = np.abs(one.values).max()
    np.testing.assert_allclose(more.values, one.values - two.values, atol=1e-6 * scale)
    np.testing.assert_allclose(less.values, -more.values, atol=1e-7 * scale)
    module = engine.need_model().module
    weight = module.classifier.weight
    weight.data[[1, 2]] = weight.data[[2, 1]].clone()
    module.classifier.bias.data[[1, 2]] = module.classifier.bias.data[[2, 1]].clone()
    np.testing.assert_allclose(ask(engine, 2).values, one.values, atol=1e-7 * scale)


def test_a_token_without_a_value_wrote_nothing_however_much_it_is_looked_at(tmp_path):
    engine = engine_of(tmp_path)
    module = engine.need_model().module
    for name, part in module.named_modules():
        if name.endswith((".value", ".v_proj")):
            part.weight.data.zero_()
            part.bias.data.zero_()
    explanation = engine.explain(PICTURE)
    assert explanation.rows.values.max() > 0.3
    answer = ask(engine)
    assert not answer.values.any()
    assert total(answer) == pytest.approx(answer.target_value, abs=1e-5)


# --- what can go wrong ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["CLIP", "DINOv2", "SigLIP"])
def test_without_classes_that_is_said(tmp_path, name):
    engine = engine_of(tmp_path, name, stirred=False)
    with pytest.raises(ModelError, match="has no classes"):
        ask(engine)


@pytest.mark.parametrize("target", [Target(5), Target(-1), Target(0, 99)])
def test_a_class_that_is_not_there(tmp_path, target):
    engine = engine_of(tmp_path)
    with pytest.raises(ModelError, match="the model has 5, counted from 0"):
        engine.answer(Request("budget", target=target))


def test_the_predicted_class_where_none_is_named(tmp_path):
    engine = engine_of(tmp_path)
    best = engine.explain(PICTURE).predictions(1)[0]
    answer = engine.answer(Request("budget"))
    assert answer.explained == Target(best.index)
    assert answer.target_value == pytest.approx(best.value, rel=1e-5)


def test_what_does_not_add_up_is_not_shown(tmp_path):
    engine = engine_of(tmp_path)
    last = engine.need_model().run(PIXELS).replay.blocks[1]
    ramp = torch.linspace(-1, 1, 32)  # that no parameter holds

    def slope(_module, _inputs, output):
        if isinstance(output, tuple):
            return (output[0] + ramp, *output[1:])
        return output + ramp

    hook = last.register_forward_hook(slope)
    try:
        engine.explain(PICTURE)
        with pytest.raises(ModelError, match="does not add up"):
            ask(engine)
    finally:
        hook.remove()


def test_a_cancelled_budget_ends(tmp_path):
    engine = engine_of(tmp_path)
    with pytest.raises(Cancelled):
        engine.answer(Request("budget"), CancelledAfter(3))


def test_nothing_of_the_model_is_changed(tmp_path):
    engine = engine_of(tmp_path)
    module = engine.need_model().module
    before = {n: (p.requires_grad, p.data_ptr()) for n, p in module.named_parameters()}
    hooks = [
        len(m._forward_hooks) + len(m._forward_pre_hooks) for m in module.modules()
    ]
    ask(engine)
    assert all(p.grad is None for p in module.parameters())
    after = {n: (p.requires_grad, p.data_ptr()) for n, p in module.named_parameters()}
    assert after == before
    assert hooks == hooks_of(module)


def test_number_read_of_an_output():
    output = type("Output", (), {"logits": torch.tensor([[1.0, 4.0, 9.0]])})
    assert float(logit(Target(2))(output)) == 9.0
    assert float(logit(Target(2, 1))(output)) == 5.0
