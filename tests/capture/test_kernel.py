"""Torch's attention is run by the kernel it would take; its normalisers are true."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from vitviewer.capture import kernel
from vitviewer.capture.attention_function import total_bias
from vitviewer.capture.function_modes import SdpaMode, sdpa_layer
from vitviewer.capture.kernel import KernelMode, additive, attend
from vitviewer.capture.recording import Recording
from vitviewer.capture.verification import Witness

HEADS, N = 4, 50
DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
CLOSE = {torch.float64: 1e-12, torch.float32: 2e-6}
LOWEST = torch.finfo(torch.float32).min


def states(dtype=torch.float32, width=16, key_heads=HEADS, n_queries=N, batch=1):
    """Return q, k and v, strided as transformers hands them on."""
    torch.manual_seed(3)
    sizes = [(n_queries, HEADS), (N, key_heads), (N, key_heads)]
    made = [torch.randn(batch, *size, width).to(dtype) for size in sizes]
    return [t.transpose(1, 2) for t in made]


def seen(*shape):
    """Return a boolean mask in which every row reads something."""
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(1)) < 0.6
    mask[..., 0] = True
    return mask


def one_row_blind():
    mask = seen(1, 1, N, N)
    mask[..., 7, :] = False
    return mask


MASKS = {
    "none": lambda: None,
    "boolean": lambda: seen(1, 1, N, N),
    "boolean, a head each": lambda: seen(1, HEADS, N, N),
    "boolean, of keys": lambda: seen(1, 1, 1, N),
    "boolean, of two axes": lambda: seen(N, N),
    "a row that reads nothing": one_row_blind,
    "numbers": lambda: torch.randn(1, HEADS, N, N),
    "numbers of keys": lambda: torch.randn(1, 1, 1, N),
    "expanded": lambda: torch.randn(1, 1, 1, N).expand(1, HEADS, N, N),
    "-inf": lambda: additive(seen(1, 1, N, N)),
    "the lowest number": lambda: (~seen(1, 1, N, N)) * LOWEST,
}


def truth(query, key, mask, causal=False, scale=None):
    """Return each row's log-sum-exp in float64, 0 where it reads nothing."""
    key = key.double().repeat_interleave(HEADS // key.shape[1], dim=1)
    logits = query.double() @ key.transpose(2, 3) * (scale or query.shape[-1] ** -0.5)
    if mask is not None:
        logits += total_bias(mask).double()
    if causal:
        later = torch.ones(logits.shape[-2:], dtype=torch.bool).triu(1)
        logits = logits.masked_fill(later, -math.inf)
    lse = np.logaddexp.reduce(logits.numpy(), axis=-1)
    return np.where(np.isneginf(lse), 0.0, lse)


def check(query, key, value, may_not_tell=False, **options):
    """Same output bit for bit, strides too; true normalisers."""
    plain = functional.scaled_dot_product_attention(query, key, value, **options)
    output, lse = attend(query, key, value, **options)
    assert torch.equal(output, plain)
    assert output.stride() == plain.stride()
    if may_not_tell and lse is None:
        return
    assert lse is not None
    assert lse.shape == query.shape[:3]
    close = CLOSE.get(query.dtype, 1e-4)
    exact = truth(
        query,
        key,
        options.get("attn_mask"),
        options.get("is_causal", False),
        options.get("scale"),
    )
    np.testing.assert_allclose(lse.double().numpy(), exact, atol=close, rtol=close)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("causal", [False, True])
def test_the_output_is_torch_s_own(dtype, causal):
    check(*states(dtype), is_causal=causal)


@pytest.mark.parametrize("mask", MASKS)
def test_under_masks_of_every_kind(mask):
    check(*states(), attn_mask=MASKS[mask]())


@pytest.mark.parametrize("dtype", DTYPES[2:], ids=str)
def test_a_boolean_mask_in_half_precision(dtype):
    check(*states(dtype), attn_mask=seen(1, 1, N, N))


@pytest.mark.parametrize("width", [7, 32, 64, 80])
def test_heads_of_any_width_and_a_scale_of_their_own(width):
    check(*states(width=width), scale=0.3)


def test_keys_that_heads_share_and_more_pictures_than_one():
    check(*states(batch=3))
    check(*states(n_queries=1))
    # torch 2.6 computes shared keys another way.
    mask = torch.randn(1, HEADS, N, N)
    check(*states(key_heads=2), may_not_tell=True, enable_gqa=True)
    check(*states(key_heads=1), may_not_tell=True, enable_gqa=True, attn_mask=mask)


def test_what_torch_computes_another_way_has_no_normalisers():
    query, key, value = states()
    others = [
        ((query, key, value[..., :8]), {}),
        ((query[0], key[0], value[0]), {}),
        ((query, key, value), {"attn_mask": torch.randn(HEADS, N, N)}),
        ((query.to("meta"), key.to("meta"), value.to("meta")), {}),
    ]
    for given, options in others:
        plain = functional.scaled_dot_product_attention(*given, **options)
        output, lse = attend(*given, **options)
        assert lse is None
        assert plain.is_meta or torch.equal(output, plain)
    torch.manual_seed(5)
    plain = functional.scaled_dot_product_attention(query, key, value, dropout_p=0.5)
    torch.manual_seed(5)
    output, lse = attend(query, key, value, dropout_p=0.5)
    assert lse is None
    assert torch.equal(output, plain)


def test_a_choice_of_the_caller_s_is_kept():
    from torch.nn.attention import SDPBackend, sdpa_kernel

    query, key, value = states()
    with sdpa_kernel(SDPBackend.MATH):
        plain = functional.scaled_dot_product_attention(query, key, value)
        output, lse = attend(query, key, value)
    assert lse is None
    assert torch.equal(output, plain)


def other_words(query, key):
    raise RuntimeError("a later torch's operator")


@pytest.mark.parametrize(
    ("name", "instead"),
    [("_FLASH_ON_CPU", None), ("_CHOICE", None), ("_FLASH_ON_CPU", other_words)],
)
def test_without_torch_s_private_names_normalisers_are_made(monkeypatch, name, instead):
    states_ = states()
    known = sdpa_layer(*states_, lse=attend(*states_)[1])
    monkeypatch.setattr(kernel, name, instead)
    output, lse = attend(*states_)
    assert lse is None
    assert torch.equal(output, functional.scaled_dot_product_attention(*states_))
    made = sdpa_layer(*states_)
    torch.testing.assert_close(made.normalisers, known.normalisers)
    columns = [layer.columns(0, N, slice(3, 4)) for layer in (made, known)]
    torch.testing.assert_close(*columns, atol=1e-6, rtol=1e-5)


def test_the_mode_keeps_the_normalisers_and_runs_all_else():
    query, key, value = states()
    with KernelMode() as mode:
        assert mode.lse is None
        doubled = query * 2
        functional.scaled_dot_product_attention(query, key, value=value)
    assert torch.equal(doubled, query + query)
    np.testing.assert_allclose(mode.lse, truth(query, key, None), atol=2e-6)


@pytest.mark.parametrize("mask", MASKS)
def test_recorded_calls_are_true_in_both_directions(mask):
    """Also where a row may read nothing: it counts as none, in the proof too."""
    query, key, value = states()
    made = MASKS[mask]()
    record, witness = Recording(), Witness()
    with SdpaMode(record, witness):
        functional.scaled_dot_product_attention(query, key, value, attn_mask=made)
    (layer,) = record.layers
    assert layer.lse is not None
    exact = np.exp(_logits(query, key, made) - truth(query, key, made)[0, ..., None])
    rows = torch.stack([record.rows(i)[0] for i in range(N)], dim=1)
    columns = torch.stack([record.columns(j)[0] for j in range(N)], dim=2)
    np.testing.assert_allclose(rows, exact, atol=1e-6)
    np.testing.assert_allclose(columns, exact, atol=1e-6)
    assert witness.product_error < 1e-5
    assert witness.sum_error < 1e-5


def _logits(query, key, mask):
    logits = (query @ key.transpose(2, 3)).double() / query.shape[-1] ** 0.5
    logits = logits if mask is None else logits + total_bias(mask).double()
    return logits[0].numpy()


@pytest.mark.parametrize("sampled", [0, N // 2, N - 1])
def test_a_normaliser_that_is_off_is_seen(sampled):
    query, key, value = states()
    output, lse = attend(query, key, value)
    lse[0, 2, sampled] += 0.01
    witness = Witness()
    witness.note(sdpa_layer(query, key, value, lse=lse), value[0], output[0])
    assert witness.sum_error == pytest.approx(0.01, rel=0.01)
    assert witness.product_error > 1e-4


def test_a_normaliser_of_minus_infinity_is_one_of_a_row_that_reads_nothing():
    query, key, value = states()
    output, lse = attend(query, key, value)
    lse[0, 1, 0] = -torch.inf
    witness = Witness()
    witness.note(sdpa_layer(query, key, value, lse=lse), value[0], output[0])
    assert witness.sum_error > 1.0


def test_each_layer_proves_another_row():
    """Normalisers that are off in other rows than the first and last are seen."""
    query, key, value = states()
    output, lse = attend(query, key, value)
    lse[0, :, 1 : N - 1 : 3] += 0.01
    witness = Witness()
    for _ in range(3):
        witness.note(sdpa_layer(query, key, value, lse=lse), value[0], output[0])
    assert witness.sum_error == pytest.approx(0.01, rel=0.01)


def test_under_autocast_torch_s_own_function_casts():
    query, key, value = states()
    with torch.autocast("cpu", torch.bfloat16):
        plain = functional.scaled_dot_product_attention(query, key, value)
        output, lse = attend(query, key, value)
    assert lse is None
    assert output.dtype is plain.dtype
    assert torch.equal(output, plain)
