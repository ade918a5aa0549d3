"""Every family: each row is the model's own eager attention, on the right patches."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
import transformers
from torch.overrides import TorchFunctionMode

from tests import family_report
from tests.zoo import ZOO, breed
from vitviewer.answers import ModelFacts
from vitviewer.capture.attention_function import NAME
from vitviewer.errors import ModelError
from vitviewer.models.families.blueprint import blueprint_of
from vitviewer.models.families.family import CapturePath
from vitviewer.models.families.refusals import REASONS
from vitviewer.models.loading import load
from vitviewer.trust import Verdict

PICTURE = np.random.default_rng(7).integers(0, 256, (61, 83, 3), dtype=np.uint8)


@pytest.fixture(scope="module", params=ZOO)
def case(request, tmp_path_factory):
    """Return a species' name, its folder and the loaded model."""
    folder = breed(tmp_path_factory.mktemp("model"), request.param)
    return request.param, folder, load(str(folder), "cpu")


def twin(model, folder, attention):
    """Load the same weights by transformers alone; they are copied out of the map."""
    architecture = getattr(transformers, model.blueprint.architecture)
    other = architecture.from_pretrained(folder, attn_implementation=attention)
    for parameter in other.parameters():
        parameter.data = parameter.data.clone()
    if hasattr(other.config, "mask_ratio"):
        other.config.mask_ratio = 0.0
    return other.eval()


def run(model, size=None):
    """Run on the picture; return the run, the inputs and the model's whole output."""
    if size is not None:
        model = resized(model, size)
    seen = []
    hook = model.module.register_forward_hook(
        lambda _m, _i, kwargs, output: seen.append((kwargs, output)), with_kwargs=True
    )
    try:
        result = model.run(PICTURE)
    finally:
        hook.remove()
    return result, *seen[0]


def resized(model, size):
    """Return the model with a processor that squashes to (width, height)."""
    from vitviewer.inputs.preprocessor import build

    settings = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"width": size[0], "height": size[1]},
    }
    processor = build(settings, settings, model.facts.patch_size)
    return replace(model, preprocessor=processor)


def all_rows(recording):
    """Return every row, (layers, heads, queries, tokens)."""
    rows = [recording.rows(token) for token in range(recording.n_tokens)]
    return torch.stack(rows, dim=2)


def all_columns(recording):
    """Return every column, put together as `all_rows` are."""
    columns = [recording.columns(token) for token in range(recording.n_tokens)]
    return torch.stack(columns, dim=3)


class ExactSoftmax(TorchFunctionMode):
    """Let code that asks for a softmax in float32 have it in float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if kwargs.get("dtype") is torch.float32 and "softmax" in func.__name__:
            kwargs["dtype"] = torch.float64
        return func(*args, **kwargs)


def eager_rows(model, folder, inputs, double=False):
    """Return what the model itself puts out as its attentions, in float64 if asked."""
    other = twin(model, folder, "eager")
    if double:
        other = other.double()
        inputs = {
            k: v.double() if torch.is_tensor(v) and v.is_floating_point() else v
            for k, v in inputs.items()
        }
    with torch.no_grad(), ExactSoftmax() if double else nullcontext():
        output = other(**inputs, output_attentions=True)
    return torch.stack([a.reshape(-1, *a.shape[-2:]) for a in output.attentions])


@dataclass(frozen=True)
class Measured:
    """How far a species' rows and columns are from eager's, at all of its sizes.

    ``error`` is the rows' largest difference to eager in float32; ``ours``, ``eager``,
    ``columns`` and ``means`` are compared with eager in float64; ``ends`` is how far
    row i at column j is from column j at row i.
    """

    error: float
    ours: float
    eager: float
    columns: float
    means: float
    ends: float
    grid: tuple[int, int]
    peak: float
    facts: ModelFacts
    suffix: int


_MEASURED: dict[str, Measured] = {}


def mean_pair(result, exact):
    """Return the patches' mean row and mean column, ours and the matrices' own."""
    recording, patches = result.recording, result.tokens.patches
    ours = recording.mean_rows(patches), recording.mean_columns(patches)
    theirs = exact[:, :, patches].mean(dim=2), exact[..., patches].mean(dim=3)
    return torch.stack(ours), torch.stack(theirs)


def measure(name, folder, model):
    """Compare every row with eager's, at all sizes; once for all tests."""
    if name in _MEASURED:
        return _MEASURED[name]
    errors, peaks = [], []
    for size in ZOO[name].sizes:
        result, inputs, _ = run(model, None if size == (32, 32) else size)
        n = result.tokens.n_tokens
        ours = all_rows(result.recording)
        single, exact = (
            eager_rows(model, folder, inputs, double)[..., :n, :n].double()
            for double in (False, True)
        )
        columns = all_columns(result.recording)
        pairs = (
            (ours, single),
            (ours, exact),
            (single, exact),
            (columns, exact),
            mean_pair(result, exact),
            (columns, ours),
        )
        errors.append([float((a - b).abs().max()) for a, b in pairs])
        peaks.append(float(single.amax()))
        torch.testing.assert_close(ours.sum(-1), torch.ones(ours.shape[:-1]))
        other = (size[0] // 8, size[1] // 8)
        grid = ZOO[name].grid if size == (32, 32) else other
        assert (result.tokens.cols, result.tokens.rows) == grid
        assert len(result.tokens.special) == ZOO[name].special
        assert result.recording.n_tokens == ours.shape[-1] == n
    worst = np.max(errors, axis=0).tolist()
    tokens = result.tokens
    suffix = int((tokens.special_positions > tokens.patches[-1]).sum())
    grid = (result.tokens.cols, result.tokens.rows)
    measured = Measured(*worst, grid, min(peaks), model.facts, suffix)
    return _MEASURED.setdefault(name, measured)


def test_every_row_is_the_model_s_own(case):
    measured = measure(*case)
    assert measured.peak > 0.2, "the attention should be peaked"
    if measured.error > 1e-5:
        assert measured.ours <= max(1e-5, measured.eager)


def test_every_question_is_float64_s_own(case):
    """In both directions, and row i at column j is column j at row i."""
    measured = measure(*case)
    # A nearly one-hot row is as far off as the model's own code in float32 is.
    floor = max(5e-6, 2 * measured.eager)
    assert measured.ours <= floor
    assert measured.columns <= floor
    assert measured.means <= floor
    assert measured.ends <= 3e-6


def test_the_kernel_tells_the_normalisers(case):
    """No column is made of whole matrices where attention is torch's own."""
    _, _, model = case
    result, *_ = run(model)
    eager = model.path is CapturePath.EAGER
    for layer in result.recording.layers:
        assert getattr(layer, "lse", None) is None if eager else layer.lse is not None


def test_recording_changes_nothing(case):
    _, folder, model = case
    _, inputs, output = run(model)
    attention = model.module.config._attn_implementation
    plain = "sdpa" if attention == NAME else attention
    with torch.no_grad():
        theirs = twin(
            model, folder, NAME if "Git" in str(type(model.module)) else plain
        )(**inputs)
    for key in ("logits", "last_hidden_state"):
        if getattr(output, key, None) is not None:
            assert torch.equal(output[key], theirs[key])
            return
    assert torch.equal(output.feature_maps[-1], theirs.feature_maps[-1])


def test_nothing_but_green(case):
    _, _, model = case
    assert [c for c in model.facts.trust if c.verdict is not Verdict.GREEN] == []


def test_refused_types_say_why_and_what_to_use():
    for model_type in REASONS:
        with pytest.raises(ModelError, match="use a model with global self-attention"):
            blueprint_of({"model_type": model_type})


def test_the_table_says_what_was_measured(tmp_path_factory):
    """VITVIEWER_WRITE_TABLE=1 writes it anew."""
    for name in ZOO:
        if name not in _MEASURED:
            folder = breed(tmp_path_factory.mktemp("model"), name)
            measure(name, folder, load(str(folder), "cpu"))
    text = family_report.table({name: _MEASURED[name] for name in ZOO})
    if os.environ.get("VITVIEWER_WRITE_TABLE"):
        family_report.PATH.write_text(text, encoding="utf-8")
    written = family_report.PATH.read_text(encoding="utf-8")
    assert family_report.without_errors(written) == family_report.without_errors(text)
    for name, error in family_report.errors(written).items():
        assert _MEASURED[name].error <= 10 * max(error, 1e-7), name
