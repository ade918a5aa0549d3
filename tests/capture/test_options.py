"""What an attention call is told is recorded, or refused: on language models too."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import transformers

from tests.zoo import breed, peak
from vitviewer.capture import attention_function as capture
from vitviewer.capture.verification import Witness
from vitviewer.errors import NotRecordedError, UnknownOptionError
from vitviewer.models.loading import load
from vitviewer.trust import Verdict

SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 32,
    "vocab_size": 40,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
}
EXPERTS = {"num_local_experts": 2, "num_experts_per_tok": 1}
WORDS = torch.arange(1, 12)[None]


def decoder(name, **config):
    """Make a small language model whose attention is peaked."""
    kind = getattr(transformers, f"{name}Config")
    torch.manual_seed(0)
    model = getattr(transformers, f"{name}Model")(kind(**{**SMALL, **config}))
    peak(model)
    return model.eval()


def read(model, words=WORDS, **inputs):
    """Return a recording of a pass, its witness, and the model's output."""
    capture.register()
    model.set_attn_implementation(capture.NAME)
    witness = Witness()
    with torch.no_grad(), capture.recording(witness=witness, expected=2) as record:
        output = model(input_ids=words, **inputs)
    return record, witness, output


def eager(model, words=WORDS, **inputs):
    """Return the matrices and the last state that the model's own code makes."""
    model.set_attn_implementation("eager")
    with torch.no_grad():
        output = model(input_ids=words, output_attentions=True, **inputs)
    return [a[0] for a in output.attentions], output.last_hidden_state


DECODERS = {
    "shared keys, causal": ("Llama", {}),
    "sliding window": ("Mistral", {"sliding_window": 4}),
    "capped": ("Gemma2", {"attn_logit_softcapping": 0.7, "sliding_window": 4}),
    "sinks": ("GptOss", {"sliding_window": 4, **EXPERTS}),
}


@pytest.mark.parametrize("case", DECODERS)
def test_rows_of_a_decoder_are_its_own_eager_attention(case):
    name, config = DECODERS[case]
    model = decoder(name, **config)
    matrices, state = eager(model)
    record, witness, output = read(model)
    assert len(record.layers) == len(matrices) == 2
    torch.testing.assert_close(output.last_hidden_state, state, atol=1e-4, rtol=0)
    for layer, truth in zip(record.layers, matrices, strict=True):
        assert len(layer.key) == 2, "keys are kept once"
        rows = layer.rows(0, layer.n_queries)
        torch.testing.assert_close(rows, truth, atol=1e-5, rtol=0)
        seen = (truth > 0).any(dim=0).sum(dim=-1)
        assert [layer.readable(i) for i in range(11)] == seen.tolist()
    assert witness.product_error < 1e-4
    assert witness.sum_error < 1e-5
    assert all(layer.sums_to_one == (name != "GptOss") for layer in record.layers)


@pytest.mark.parametrize("case", DECODERS)
def test_a_word_after_a_cached_prompt_reads_the_whole_prompt(case):
    """One query, many keys: the same row as in a pass over all words at once."""
    name, config = DECODERS[case]
    model = decoder(name, **config)
    matrices, _ = eager(model)
    past = read(model, WORDS[:, :-1], use_cache=True)[2].past_key_values
    record, witness, _ = read(model, WORDS[:, -1:], past_key_values=past)
    for layer, truth in zip(record.layers, matrices, strict=True):
        # A sliding cache has dropped the keys that are out of the window.
        n_kept = layer.n_keys
        assert layer.n_queries == 1
        rows, last = layer.rows(0, 1)[:, 0], truth[:, -1]
        torch.testing.assert_close(rows, last[:, -n_kept:], atol=1e-5, rtol=0)
        assert not last[:, :-n_kept].any()
    assert witness.product_error < 1e-4


def call(module=None, n_queries=4, n_keys=4, **options):
    """Call the attention function as a module would; return record and matrices."""
    torch.manual_seed(1)
    if module is None:
        module = SimpleNamespace(num_key_value_groups=1, training=False)
    query, key = torch.randn(1, 2, n_queries, 8), torch.randn(1, 2, n_keys, 8)
    value = torch.eye(n_keys).expand(1, 2, -1, -1).contiguous()
    with capture.recording() as record:
        output, _ = capture.attention_forward(
            module, query, key, value, None, **options
        )
    return record, output[0].transpose(0, 1)


@pytest.mark.parametrize("shape", [(4, 4), (1, 4), (3, 5), (5, 3)])
@pytest.mark.parametrize("module_says", [True, False, None])
@pytest.mark.parametrize("call_says", [True, False, None])
def test_whether_later_keys_are_read_is_known(shape, module_says, call_says):
    says = {} if module_says is None else {"is_causal": module_says}
    module = SimpleNamespace(num_key_value_groups=1, training=False, **says)
    record, truth = call(module, *shape, is_causal=call_says)
    torch.testing.assert_close(record.layers[0].rows(0, shape[0]), truth)


@pytest.mark.parametrize(
    "options",
    [
        {"dropout": 0.0, "output_attentions": True, "sliding_window": 3},
        {"something_new": None},
        {"position_ids": torch.arange(4), "use_cache": False},
    ],
)
def test_options_without_effect_pass(options):
    record, truth = call(is_causal=False, **options)
    torch.testing.assert_close(record.layers[0].rows(0, 4), truth)


@pytest.mark.parametrize("options", [{"block_indices": 3}, {"dropout": 0.1}])
def test_options_that_are_not_known_are_refused(options):
    with pytest.raises(UnknownOptionError, match=f"‘{next(iter(options))}’"):
        call(**options)


def test_a_sink_in_unknown_code_is_refused():
    with pytest.raises(NotRecordedError, match="cannot be shown truthfully"):
        call(s_aux=torch.zeros(2))


def test_only_the_modules_that_are_asked_for_are_kept():
    model = decoder("Llama")
    capture.register()
    model.set_attn_implementation(capture.NAME)
    wanted = {model.layers[1].self_attn: "second"}
    with torch.no_grad(), capture.recording(keep=wanted.get) as record:
        model(input_ids=WORDS)
    assert record.names == ["second"]
    assert len(record.layers) == 1
    torch.testing.assert_close(
        record.layers[0].rows(0, 11), read(model)[0].layers[1].rows(0, 11)
    )


def test_an_unknown_option_of_a_module_that_is_not_kept_does_no_harm():
    module = SimpleNamespace(num_key_value_groups=1, is_causal=False)
    states = torch.randn(1, 2, 4, 8)
    with capture.recording(keep=lambda _module: None) as record:
        capture.attention_forward(module, states, states, states, None, new=1)
    assert record.layers == []


def test_a_model_with_an_unknown_option_is_recorded_by_its_own_code(
    tmp_path, monkeypatch
):
    """Not around sdpa, which transformers calls without the option."""
    monkeypatch.setattr(capture, "_WITHOUT_EFFECT", frozenset())
    model = load(str(breed(tmp_path / "model", "ViTPose")), "cpu")
    assert "eager" in model.facts.capture
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    assert model.run(picture).witness.product_error < 1e-4
    assert all(check.verdict is Verdict.GREEN for check in model.facts.trust)
