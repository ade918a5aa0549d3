"""Value-weighted attention against the formulas, and what modules put out."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import transformers

from tests.methods.test_budget import PICTURE, PIXELS, engine_of, hooks_of, stir
from tests.zoo import ZOO
from vitviewer.capture.carried import carried
from vitviewer.errors import ModelError
from vitviewer.queries import Query, QueryKind, Request

METHODS = ("value-norm", "value-projection")
#: How the families call values, output projection and scale.
VALUES = (".value", ".v_proj")
OUTPUTS = (".attention.output.dense", ".o_proj", ".out_proj")
SCALES = ("layer_scale1.lambda1", ".lambda_1")


class Reference:
    """A model in float64, its modules found by their names."""

    def __init__(self, folder, name):
        model = getattr(transformers, ZOO[name].architecture).from_pretrained(
            folder, attn_implementation="eager"
        )
        for parameter in model.parameters():
            parameter.data = parameter.data.clone()
        stir(model)
        self.model = model.double().eval()

    def vectors(self, inputs):
        """Return A (L, H, N, N) and v W (L, H, N, D), a product of whole matrices."""
        kept, hooks = [], []
        for name, part in self.model.named_modules():
            if name.endswith(VALUES):
                hooks.append(
                    part.register_forward_hook(
                        lambda _m, _i, output: kept.append(output[0])
                    )
                )
        inputs = {
            n: v.double() if torch.is_tensor(v) and v.is_floating_point() else v
            for n, v in inputs.items()
        }
        with torch.no_grad():
            output = self.model(**inputs, output_attentions=True)
        for hook in hooks:
            hook.remove()
        weights = [
            p.weight.detach()
            for n, p in self.model.named_modules()
            if n.endswith(OUTPUTS) and "head." not in n
        ]
        scales = [
            p.detach() for n, p in self.model.named_parameters() if n.endswith(SCALES)
        ]
        attention = torch.stack([a[0].double() for a in output.attentions])
        found = []
        for i, (value, weight) in enumerate(zip(kept, weights, strict=True)):
            heads = attention.shape[1]
            v = value.reshape(len(value), heads, -1)
            w = weight if not scales else weight * scales[i][:, None]
            w = w.reshape(len(w), heads, -1)
            found.append(torch.einsum("jhd,Dhd->hjD", v, w))
        return attention, torch.stack(found)


def ask(engine, method, query):
    return engine.answer(Request(method, query=query))


@pytest.mark.parametrize(
    "name", ["ViT", "DINOv2, classifier", "BEiT, bias of each layer", "CLIP", "SigLIP"]
)
def test_both_are_what_the_formulas_say(tmp_path, name):
    engine = engine_of(tmp_path, name)
    run = engine.need_model().run(PIXELS)
    attention, vectors = Reference(tmp_path, name).vectors(run.replay.inputs)
    attention, vectors = attention.numpy(), vectors.numpy()
    sizes = np.linalg.norm(vectors, axis=-1)
    for row, col in ((0, 0), (2, 1)):
        i = run.tokens.patch_index(row, col)
        query = Query.patch(row, col)
        expected = attention[:, :, i] * sizes
        ours = ask(engine, "value-norm", query).values
        np.testing.assert_allclose(ours, expected, atol=1e-5 * expected.max())
        parts = attention[:, :, i, :, None] * vectors
        whole = parts.sum(axis=2, keepdims=True)
        expected = (parts * whole).sum(-1) / (whole**2).sum(-1)
        answer = ask(engine, "value-projection", query)
        np.testing.assert_allclose(answer.values, expected, atol=1e-4)
        np.testing.assert_allclose(answer.values.sum(-1), 1.0, atol=1e-4)
    mean = ask(engine, "value-norm", Query(QueryKind.MEAN)).values
    expected = attention[:, :, run.tokens.patches].mean(2) * sizes
    np.testing.assert_allclose(mean, expected, atol=1e-5 * expected.max())


@pytest.mark.parametrize("name", ZOO)
def test_every_family_can_be_asked(tmp_path, name):
    engine = engine_of(tmp_path, name)
    explanation = engine.explain(PICTURE)
    for method in METHODS:
        values = ask(engine, method, Query.patch(1, 1)).values
        n_layers, n_heads = engine.need_model().facts.n_layers, values.shape[1]
        assert values.shape == (n_layers, n_heads, explanation.tokens.n_tokens)
    np.testing.assert_allclose(values.sum(-1), 1.0, atol=1e-3)


def test_what_is_carried_and_the_bias_are_the_attention_s_output(tmp_path):
    """Σ_h A v W + b is what the output projection puts out, times the scale."""
    engine = engine_of(tmp_path, "DINOv2, classifier")
    model = engine.need_model()
    run = model.run(PIXELS)
    put_out = []
    hooks = [
        part.register_forward_hook(lambda _m, _i, output: put_out.append(output[0]))
        for name, part in model.module.named_modules()
        if name.endswith("layer_scale1")
    ]
    with torch.no_grad():
        model.module(**run.replay.inputs)
    for hook in hooks:
        hook.remove()
    biases = [
        p for n, p in model.module.named_parameters() if n.endswith("output.dense.bias")
    ] or [p for n, p in model.module.named_parameters() if n.endswith("o_proj.bias")]
    scales = [
        p for n, p in model.module.named_parameters() if n.endswith("scale1.lambda1")
    ]
    layers = carried(run.replay, run.recording.n_tokens)
    for i, layer in enumerate(layers):
        rows = run.recording.layers[i].rows(0, run.recording.n_tokens)
        ours = sum(rows[h] @ layer.vectors(h) for h in range(len(rows)))
        ours = ours + scales[i] * biases[i]
        torch.testing.assert_close(ours, put_out[i], atol=1e-4, rtol=1e-4)


def test_a_sink_without_a_value_is_no_longer_the_brightest(tmp_path):
    engine = engine_of(tmp_path)
    module = engine.need_model().module
    for name, part in module.named_modules():
        if name.endswith(VALUES):
            part.weight.data.zero_()
            part.bias.data.zero_()
    rows = engine.explain(PICTURE).rows
    assert rows.values.max() > 0.3
    for method in METHODS:
        assert not ask(engine, method, Query()).values.any()


def test_a_norm_between_values_and_projection_is_told(tmp_path):
    engine = engine_of(tmp_path)
    module = engine.need_model().module
    name, part = next((n, m) for n, m in module.named_modules() if n.endswith(OUTPUTS))
    norm = torch.nn.LayerNorm(part.in_features)
    hook = part.register_forward_pre_hook(lambda _m, inputs: (norm(inputs[0]),))
    try:
        engine.explain(PICTURE)
        for method in METHODS:
            with pytest.raises(ModelError, match="more than a linear layer"):
                ask(engine, method, Query())
    finally:
        hook.remove()
    before = hooks_of(module)
    ask(engine, "value-norm", Query())
    assert hooks_of(module) == before, name
