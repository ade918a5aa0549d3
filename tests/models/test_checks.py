"""Each fault, put into a model or a pass, turns its check red or amber, in words."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.model_factory import make_model
from vitviewer.capture import attention_function as capture
from vitviewer.capture import function_modes as fallbacks
from vitviewer.capture import kernel
from vitviewer.engine.engine import Engine
from vitviewer.errors import ModelError
from vitviewer.models.checks import check_products, check_sums, pass_checks
from vitviewer.models.loading import load
from vitviewer.pictures.picture import from_pixels
from vitviewer.trust import Check, Verdict, as_plain, overall

RED, AMBER, GREEN = Verdict.RED, Verdict.AMBER, Verdict.GREEN
PICTURE = np.random.default_rng(3).integers(0, 256, (40, 50, 3), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    return make_model(tmp_path / "model")


def change_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def change_weights(folder, function):
    path = folder / "model.safetensors"
    tensors = function(load_file(path))
    save_file(tensors, path, metadata={"format": "pt"})


def without(*parts):
    return lambda tensors: {
        k: v for k, v in tensors.items() if not any(part in k for part in parts)
    }


def broken(part, value):
    """Return a function that puts a value into the first tensor of that name."""

    def change(tensors):
        name = next(k for k in tensors if part in k)
        tensors[name].view(-1)[0] = value
        return tensors

    return change


def verdicts(checks):
    return {check.name: (check.verdict, check.reason) for check in checks}


def found(folder, name):
    """Load the model and return one check's verdict and reason."""
    return verdicts(load(str(folder), "cpu").facts.trust)[name]


def test_a_sound_model_is_green(folder):
    model = load(str(folder), "cpu")
    checks = (*pass_checks(model.run(PICTURE), "float32"), *model.facts.trust)
    assert {check.verdict for check in checks} == {GREEN}
    assert overall(checks) is GREEN
    assert len({check.name for check in checks}) == len(checks) == 10
    for check in checks:
        assert check.reason.endswith(".")
        assert check.reason[0].isupper() or check.name == "Attention code"


def test_the_worst_verdict_counts_and_nothing_checked_is_no_proof():
    checks = tuple(Check("c", verdict, "Because.") for verdict in (GREEN, AMBER, RED))
    assert [overall(checks[:n]) for n in range(4)] == [AMBER, GREEN, AMBER, RED]
    assert json.loads(json.dumps(as_plain(checks)))["verdict"] == "red"


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"num_hidden_layers": 4}, "16 of 72 tensors are missing"),
        ({"num_hidden_layers": 2}, "layers that the config leaves out"),
        ({"patch_size": 4}, "of another shape"),
        ({"image_size": 64}, "1 of 56 tensors"),
    ],
)
def test_weights_that_do_not_fit_the_config_are_red(folder, config, words):
    change_config(folder, **config)
    verdict, reason = found(folder, "Weights")
    assert verdict is RED
    assert words in reason


def test_a_missing_tensor_is_red_and_named(folder):
    change_weights(folder, without("layer.1.attention.attention.query.weight"))
    verdict, reason = found(folder, "Weights")
    assert verdict is RED
    assert "1 of 56 tensors" in reason
    assert "layers.1" in reason


def test_a_missing_classifier_hides_the_prediction(folder):
    change_weights(folder, without("classifier"))
    model = load(str(folder), "cpu")
    verdict, reason = verdicts(model.facts.trust)["Weights"]
    assert verdict is AMBER
    assert "no prediction is shown" in reason
    assert model.facts.labels is None
    assert model.run(PICTURE).logits is None


def test_tensors_that_belong_to_nothing_are_amber(folder):
    change_weights(folder, lambda t: {**t, "adapter.weight": torch.zeros(2)})
    assert found(folder, "Weights")[0] is AMBER


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_that_is_not_finite_is_red(folder, value):
    change_weights(folder, broken("classifier.bias", value))
    verdict, reason = found(folder, "Finite weights")
    assert verdict is RED
    assert "classifier.bias" in reason


def test_a_model_without_a_finite_row_is_refused(folder):
    change_weights(folder, broken("patch_embeddings.projection.weight", float("nan")))
    with pytest.raises(ModelError, match="not finite"):
        load(str(folder), "cpu")


def test_logits_that_overflow_are_red(folder):
    change_weights(
        folder,
        lambda t: {
            k: torch.full_like(v, 3e38) if "classifier.w" in k else v
            for k, v in t.items()
        },
    )
    model = load(str(folder), "cpu")
    assert verdicts(model.facts.trust)["Finite weights"][0] is GREEN
    assert verdicts(pass_checks(model.run(PICTURE), "float32"))["Activations"][0] is RED


def test_rows_that_are_not_the_model_s_are_red(folder, monkeypatch):
    true = capture.product_layer
    wrong = lambda q, k, bias, _scale, **traits: true(q, k, bias, 0.5, **traits)  # noqa: E731
    monkeypatch.setattr(capture, "product_layer", wrong)
    model = load(str(folder), "cpu")
    assert verdicts(model.facts.trust)["Output projection"][0] is RED
    assert (
        verdicts(pass_checks(model.run(PICTURE), "float32"))["Attention × V"][0] is RED
    )


def test_a_bias_that_is_forgotten_is_red(tmp_path, monkeypatch):
    from tests.zoo import breed

    folder = breed(tmp_path / "model", "BEiT, shared bias")
    monkeypatch.setattr(capture, "total_bias", lambda *_: None)
    model = load(str(folder), "cpu")
    assert (
        verdicts(pass_checks(model.run(PICTURE), "float32"))["Attention × V"][0] is RED
    )


def test_rows_that_do_not_sum_to_one_are_red(folder, monkeypatch):
    """As they would not if the kernel's normalisers were of other logits than ours."""
    model = load(str(folder), "cpu")
    attend = kernel.attend

    def wrong(*words, **options):
        output, lse = attend(*words, **options)
        return output, lse + 0.01

    monkeypatch.setattr(kernel, "attend", wrong)
    checks = verdicts(pass_checks(model.run(PICTURE), "float32"))
    assert checks["Rows sum to 1"][0] is RED


def test_errors_that_are_no_numbers_are_red():
    assert check_sums(float("nan")).verdict is RED
    assert "own normalisers" not in check_sums(1e-7).reason
    assert "own normalisers" in check_sums(1e-7, n_told=12).reason
    assert check_products(float("nan"), "float32").verdict is RED


def test_something_mixed_in_after_attention_is_red(folder):
    model = load(str(folder), "cpu")
    attention = model.module.vit.layers[1].attention
    forward = attention.forward
    attention.forward = lambda *a, **k: (2 * forward(*a, **k)[0], None)
    from vitviewer.capture.verification import ModuleStack
    from vitviewer.models.checks import check_projection

    stack = ModuleStack()
    with stack.watching(model.module):
        run = model.run(PICTURE, modules=stack)
    assert check_products(run.witness.product_error, "float32").verdict is GREEN
    assert check_projection(run.witness.projection_error, "float32").verdict is RED


def test_another_attention_than_ours_is_red(folder):
    from vitviewer.models.checks import check_implementation

    model = load(str(folder), "cpu")
    assert check_implementation(model).verdict is GREEN
    model.module.config._attn_implementation = "flash_attention_2"
    check = check_implementation(model)
    assert check.verdict is RED
    assert "flash_attention_2" in check.reason


def test_tokens_that_are_not_what_the_config_says_are_never_drawn(tmp_path):
    folder = make_model(tmp_path / "model", "dinov2-registers")
    change_config(folder, num_register_tokens=2)
    model = load(str(folder), "cpu")  # so many registers are in the model, then
    assert verdicts(model.facts.trust)["Weights"][0] is RED
    change_config(folder, model_type="vit", architectures=["ViTModel"])
    with pytest.raises(ModelError):
        load(str(folder), "cpu")


def test_a_layer_that_is_not_recorded_is_refused(folder, monkeypatch):
    monkeypatch.setattr(capture, "product_layer", lambda *_: None)
    monkeypatch.setattr(fallbacks, "sdpa_layer", lambda *_, **__: None)
    monkeypatch.setattr(fallbacks, "_is_attention", lambda _: False)
    with pytest.raises(ModelError):
        load(str(folder), "cpu")


def test_a_processor_that_the_family_was_not_trained_with_is_amber(tmp_path):
    folder = make_model(tmp_path / "model", "deit")
    path = folder / "preprocessor_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "image_mean": [0.5] * 3}))
    verdict, reason = found(folder, "Preparation")
    assert verdict is AMBER
    assert "trained with mean 0.485" in reason
    path.unlink()
    assert found(folder, "Preparation")[0] is AMBER


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_named_and_still_green(tmp_path, dtype):
    model = load(str(make_model(tmp_path / "model", dtype=dtype)), "cpu")
    checks = verdicts(model.facts.trust)
    name = str(dtype).removeprefix("torch.")
    assert name in checks["Precision"][1]
    assert "float32" in checks["Precision"][1]
    run = model.run(PICTURE)
    assert {c.verdict for c in (*pass_checks(run, name), *model.facts.trust)} == {GREEN}


def test_the_verdict_is_part_of_the_provenance(folder):
    engine = Engine()
    engine.load(folder, "cpu")
    explanation = engine.explain(from_pixels(PICTURE, "noise"))
    trust = explanation.provenance["trust"]
    assert trust["verdict"] == "green"
    assert [c["name"] for c in trust["checks"]] == [c.name for c in explanation.trust]
