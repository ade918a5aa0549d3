"""Recorded rows are the model's own attention, and recording changes nothing."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers

from tests.cancelling import CancelledAfter
from tests.model_factory import RECIPES, SQUASH, make_model
from vitviewer.capture import attention_function as capture
from vitviewer.capture import layers as layers_module
from vitviewer.errors import Cancelled
from vitviewer.inputs.preprocessor import build
from vitviewer.jobs import Job
from vitviewer.models.loading import load

SIZES = [(32, 32), (48, 48), (40, 24)]
INTERPOLATES_BY_ITSELF = ("dinov2",)
PICTURE = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)


@pytest.fixture(scope="module", params=RECIPES)
def case(request, tmp_path_factory):
    """Return a recipe's name, its folder and the loaded model."""
    folder = make_model(tmp_path_factory.mktemp("model"), request.param)
    return request.param, folder, load(str(folder), "cpu")


@pytest.fixture(scope="module")
def vit(tmp_path_factory):
    return load(str(make_model(tmp_path_factory.mktemp("vit"))), "cpu")


def resized(model, size):
    """Return the model with a processor that squashes to (width, height)."""
    settings = {**SQUASH, "size": {"width": size[0], "height": size[1]}}
    processor = build(settings, SQUASH, model.facts.patch_size)
    return replace(model, preprocessor=processor)


def twin(name, folder, attention):
    """Load the same weights as transformers would, with another attention.

    They are copied out of the mapped file, whose tensors are not aligned: the matrix
    product of unaligned weights is rounded differently.
    """
    architecture = getattr(transformers, RECIPES[name].architecture)
    model = architecture.from_pretrained(folder, attn_implementation=attention)
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()
    return model


def twin_output(name, model, values):
    """Run it on pixel values, with attentions if it has them."""
    other_size = tuple(values.shape[2:]) != (32, 32)
    eager = model.config._attn_implementation == "eager"
    options = {"output_attentions": True} if eager else {}
    if other_size and not name.startswith(INTERPOLATES_BY_ITSELF):
        options["interpolate_pos_encoding"] = True
    with torch.no_grad():
        return model(pixel_values=values, **options)


def all_rows(recording):
    """Return every row, one query at a time, (layers, heads, queries, tokens)."""
    rows = [recording.rows(token) for token in range(recording.n_tokens)]
    return torch.stack(rows, dim=2)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_row_equals_the_model_s_own_eager_attention(case, size):
    name, folder, model = case
    model = resized(model, size)
    run = model.run(PICTURE)
    values, _ = model.preprocessor.prepare(PICTURE)
    eager = twin_output(name, twin(name, folder, "eager"), values)
    truth = torch.stack(eager.attentions)[:, 0]
    ours = all_rows(run.recording)
    assert ours.dtype == torch.float32
    assert ours.shape == truth.shape
    assert truth.amax() > 0.3, "the attention should be peaked"
    torch.testing.assert_close(ours, truth, atol=1e-5, rtol=0)
    torch.testing.assert_close(ours.sum(-1), torch.ones(ours.shape[:-1]))
    assert len(run.tokens.special) == RECIPES[name].prefix
    assert (run.tokens.cols, run.tokens.rows) == (size[0] // 8, size[1] // 8)
    assert run.tokens.n_tokens == ours.shape[-1]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_logits_are_exactly_those_of_sdpa_and_close_to_eager_s(case, size):
    name, folder, model = case
    model = resized(model, size)
    run = model.run(PICTURE)
    values, _ = model.preprocessor.prepare(PICTURE)
    if run.logits is None:
        assert model.facts.labels is None
        return
    for attention, tolerance in (("sdpa", 0.0), ("eager", 1e-4)):
        logits = twin_output(name, twin(name, folder, attention), values).logits[0]
        np.testing.assert_allclose(run.logits, logits, atol=tolerance, rtol=0)


def test_the_same_picture_gives_the_same_bytes(case):
    _, _, model = case
    first, second = (all_rows(model.run(PICTURE).recording) for _ in range(2))
    assert first.numpy().tobytes() == second.numpy().tobytes()


def test_nearly_one_hot_rows_are_as_exact_as_eager_s(tmp_path):
    folder = make_model(tmp_path, "vit", initializer_range=0.08)
    model = load(str(folder), "cpu")
    values, _ = model.preprocessor.prepare(PICTURE)
    ours = all_rows(model.run(PICTURE).recording).double()
    single = twin_output("vit", twin("vit", folder, "eager"), values)
    double = twin_output("vit", twin("vit", folder, "eager").double(), values.double())
    eager, truth = (torch.stack(o.attentions)[:, 0] for o in (single, double))
    assert truth.amax() > 0.999
    bound = max(1e-5, float((eager.double() - truth).abs().max()))
    assert float((ours - truth).abs().max()) <= bound


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_keep_their_dtype_and_rows_are_float32(tmp_path, dtype):
    model = load(str(make_model(tmp_path, "dinov2-registers", dtype)), "cpu")
    assert {p.dtype for p in model.module.parameters()} == {dtype}
    assert model.facts.dtype == str(dtype).removeprefix("torch.")
    rows = all_rows(model.run(PICTURE).recording)
    assert rows.dtype == torch.float32
    torch.testing.assert_close(rows.sum(-1), torch.ones(rows.shape[:-1]))


@pytest.mark.parametrize("block_elements", [1, 300, 1 << 22])
def test_columns_and_means_do_not_depend_on_the_blocks(
    vit, monkeypatch, block_elements
):
    recording = vit.run(PICTURE).recording
    whole = all_rows(recording)
    monkeypatch.setattr(layers_module, "BLOCK_ELEMENTS", block_elements)
    patches = np.arange(1, 17)
    scattered = [16, 3, 9]
    close = torch.testing.assert_close
    close(recording.columns(3), whole[..., 3])
    close(recording.mean_rows(patches), whole[:, :, patches].mean(dim=2))
    close(recording.mean_columns(patches), whole[..., patches].mean(dim=3))
    close(recording.mean_rows(scattered), whole[:, :, scattered].mean(dim=2))
    close(recording.mean_columns(scattered), whole[..., scattered].mean(dim=3))
    close(recording.layer_attention(1, 2, 9), whole[1, :, 2:9])


def test_no_square_matrix_is_kept(vit):
    recording = resized(vit, (256, 256)).run(PICTURE).recording
    n, heads, width = 1 + 32 * 32, 4, 8
    # Queries and keys, and a normaliser a row.
    assert recording.n_bytes == 3 * heads * n * (2 * width + 1) * 4
    assert recording.n_bytes < 0.1 * (3 * heads * n * n * 4)


@pytest.mark.parametrize("layers_before", [0, 1, 2])
def test_a_pass_that_is_cancelled_leaves_the_model_usable(vit, layers_before):
    before = all_rows(vit.run(PICTURE).recording)
    with pytest.raises(Cancelled):
        vit.run(PICTURE, CancelledAfter(layers_before))
    assert torch.equal(all_rows(vit.run(PICTURE).recording), before)


def test_questions_to_a_recording_can_be_cancelled(vit):
    job = Job()
    job.cancel()
    recording = vit.run(PICTURE).recording.within(job)
    questions = [
        lambda: recording.rows(0),
        lambda: recording.columns(0),
        lambda: recording.mean_rows(range(1, 17)),
        lambda: recording.mean_columns(range(1, 17)),
    ]
    for question in questions:
        with pytest.raises(Cancelled):
            question()


def test_nothing_is_recorded_outside_of_a_recording(vit):
    with pytest.raises(ZeroDivisionError), capture.recording() as broken:
        raise ZeroDivisionError
    vit.module(pixel_values=torch.zeros(1, 3, 32, 32))
    assert broken.layers == []


def attend(query, key, mask=None, groups=1, **kwargs):
    """Call the attention function as a transformers module would; return one layer."""
    module = SimpleNamespace(
        is_causal=False, num_key_value_groups=groups, training=False
    )
    value = torch.eye(key.shape[2]).expand(1, key.shape[1], -1, -1).contiguous()
    with capture.recording() as record:
        output, _ = capture.attention_forward(module, query, key, value, mask, **kwargs)
    # The values are the identity, so that the output is the attention itself.
    return record.layers[0], output[0].transpose(0, 1)


def random(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)))


def test_masks_biases_scales_and_shared_keys_are_part_of_the_rows():
    query, key = random(1, 4, 6, 8), random(1, 4, 6, 8) + 0.1
    blind = torch.ones(1, 1, 6, 6, dtype=torch.bool)
    blind[..., 4:] = False
    bias = random(1, 4, 6, 6)
    cases = [
        attend(query, key),
        attend(query, key, scaling=0.9),
        attend(query, key, mask=blind),
        attend(query, key, mask=blind[:, :, :1]),
        attend(query, key, mask=bias),
        attend(query, key, position_bias=bias),
        attend(query, key, mask=bias, position_bias=bias.flip(3)),
        attend(query, key[:, :2], groups=2),
    ]
    for layer, truth in cases:
        torch.testing.assert_close(layer.rows(0, 6), truth)
        torch.testing.assert_close(layer.rows(2, 5), truth[:, 2:5])
