"""A module in memory is recorded truthfully, and is afterwards as it was before."""

from __future__ import annotations

from copy import deepcopy
from threading import Thread

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from tests.composite_zoo import COMPOSITE_ZOO
from tests.model_factory import LABELS, SMALL
from tests.models.modules import ARCHITECTURES, PICTURE, PROCESSORS, made, processor
from tests.zoo import IMAGENET, ZOO
from vitviewer.capture.attention_function import NAME
from vitviewer.engine.engine import Engine
from vitviewer.errors import Cancelled, ModelError
from vitviewer.jobs import Job
from vitviewer.models.borrowing import borrow
from vitviewer.models.families.family import CapturePath
from vitviewer.models.lending import lent
from vitviewer.models.loading import load
from vitviewer.pictures.picture import Picture
from vitviewer.queries import Direction, Query, Request
from vitviewer.trust import Verdict

TOWERS = {"CLIPModel": "vision_model"}


def pixel_values(name: str = "ViTForImageClassification") -> torch.Tensor:
    """Return what the user's own processor makes of the picture."""
    image = Image.fromarray(PICTURE)
    return PROCESSORS[name](image, return_tensors="pt")["pixel_values"]


def eager(module, values):
    """Return the attentions that a copy of a module puts out by itself."""
    twin = deepcopy(module)
    twin.set_attn_implementation("eager")
    with torch.no_grad():
        output = twin.eval()(values, output_attentions=True)
    return torch.cat(output.attentions)


def every_config(module):
    """List the configs of all parts, and their own parts, which none may read."""
    found = [part.config for part in module.modules() if hasattr(part, "config")]
    for config in found:
        found += [getattr(config, name) for name in config.sub_configs]
    return found


def state(module):
    """Return all that a pass could leave behind in a module or in torch."""
    hooks = [
        (name, list(value.items()))
        for part in module.modules()
        for name, value in vars(part).items()
        if "hooks" in name and isinstance(value, dict)
    ]
    weights = [
        (name, id(p), p.data_ptr(), p._version, p.requires_grad, p.grad, p.device)
        for name, p in module.named_parameters()
    ]
    parts = [(id(part), part.training, sorted(vars(part))) for part in module.modules()]
    configs = [(id(c), list(vars(c).items())) for c in every_config(module)]
    return hooks, weights, parts, configs, torch.is_grad_enabled()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_rows_are_the_module_s_own_eager_attention(name):
    module = made(name)
    model = borrow(module, PROCESSORS[name])
    tower = getattr(module, TOWERS.get(name, ""), module)
    expected = eager(tower, pixel_values(name))
    recording = model.run(PICTURE).recording
    rows = [recording.rows(token) for token in range(recording.n_tokens)]
    torch.testing.assert_close(torch.stack(rows, 2), expected, rtol=0, atol=1e-6)
    assert expected.amax() > 0.2
    assert model.module is tower
    assert {check.verdict for check in model.facts.trust} == {Verdict.GREEN}
    assert (model.facts.source, model.facts.devices) == ("in memory", ("cpu",))


def test_a_pooling_head_s_row_is_that_of_its_own_weights():
    module = made("SiglipVisionModel")
    pool = borrow(module, PROCESSORS["SiglipVisionModel"]).run(PICTURE).recording.pool
    seen = []
    head = module.head.attention
    handle = head.register_forward_hook(lambda _m, inputs, _o: seen.append(inputs))
    with torch.no_grad():
        module(pixel_values("SiglipVisionModel"))
        handle.remove()
        _, expected = head(*seen[0], need_weights=True, average_attn_weights=False)
    torch.testing.assert_close(pool.rows(0, 1), expected[0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_everything_is_put_back(name):
    module = made(name)
    before, rng = state(module), torch.get_rng_state()
    model = borrow(module, PROCESSORS[name])
    assert state(module) == before
    model.run(PICTURE)
    assert state(module) == before
    assert torch.equal(torch.get_rng_state(), rng)


def untidy():
    """Return a module in the middle of training, parts of it frozen."""
    module = made(hidden_dropout_prob=0.3, attention_probs_dropout_prob=0.2).train()
    module.vit.layers[1].eval()
    module.vit.embeddings.requires_grad_(False)
    module.classifier.register_forward_hook(lambda *_: None)
    module.set_attn_implementation("eager")
    module.config.output_attentions = True
    return module


def test_a_module_in_training_is_evaluated_and_then_trains_on():
    module = untidy()

    def outputs():
        torch.manual_seed(1)
        return module(pixel_values())

    first = outputs()
    before = state(module)  # transformers leaves hooks of its own at the first call
    model = borrow(module, processor())
    run = model.run(PICTURE)
    assert state(module) == before
    second = outputs()
    assert torch.equal(first.logits, second.logits)
    assert all(map(torch.equal, first.attentions, second.attentions))
    with torch.no_grad():
        plain = deepcopy(module).eval()(pixel_values()).logits[0].numpy()
    np.testing.assert_allclose(run.logits, plain, atol=1e-5)
    second.logits.sum().backward()
    assert module.classifier.weight.grad is not None


@pytest.mark.parametrize("where", ["vit.layers.1.attention", "classifier", "vit"])
def test_everything_is_put_back_after_an_error_in_the_pass(where):
    module = untidy()
    model = borrow(module, processor())

    def fail(*_):
        raise RuntimeError("planted")

    handle = module.get_submodule(where).register_forward_hook(fail)
    before = state(module)
    with pytest.raises(RuntimeError, match="planted"):
        model.run(PICTURE)
    assert state(module) == before
    with pytest.raises(ModelError, match=r"could not be run \(planted\)"):
        borrow(module, processor())
    assert state(module) == before
    handle.remove()
    assert model.run(PICTURE).logits is not None


def test_everything_is_put_back_after_a_cancel():
    module = untidy()
    model = borrow(module, processor())
    before = state(module)
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        model.run(PICTURE, job)
    with pytest.raises(Cancelled):
        borrow(module, processor(), job=job)
    assert state(module) == before


def test_threads_that_lend_a_module_take_turns():
    module = untidy()
    before, order = state(module), []

    def other():
        with lent(module, CapturePath.SDPA):
            order.append("other")

    thread = Thread(target=other)
    with lent(module, CapturePath.SDPA), lent(module, CapturePath.EAGER):
        thread.start()
        thread.join(0.2)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
    assert state(module) == before


def test_our_attention_is_in_force_in_the_pass_alone():
    module = made()
    config, seen = module.config, []
    config.output_hidden_states = True

    def look(*_):
        outputs = (config.output_attentions, config.output_hidden_states)
        asked = (config._attn_implementation, *outputs)
        seen.append((*asked, module.training, torch.is_grad_enabled()))

    module.register_forward_pre_hook(look)
    borrow(module.train(), processor())
    assert seen == [(NAME, False, False, False, False)]
    assert (config._attn_implementation, config.output_hidden_states) == ("sdpa", True)


def test_a_module_that_returns_tuples_is_asked_for_names():
    module = made()
    logits = borrow(module, processor()).run(PICTURE).logits
    module.config.return_dict = False
    assert np.array_equal(borrow(module, processor()).run(PICTURE).logits, logits)
    assert module.config.return_dict is False


def test_settings_of_the_family_hold_in_the_pass_alone():
    module = made("ViTMAEForPreTraining", **ZOO["ViT-MAE"].config, mask_ratio=0.5)
    before = state(module)
    model = borrow(module, processor("ViT", **IMAGENET))
    assert model.run(PICTURE).recording.n_tokens == 17
    assert state(module) == before
    assert module.config.mask_ratio == 0.5


def test_a_setting_that_was_not_there_is_not_there_afterwards():
    module = made()
    with lent(module, CapturePath.SDPA, {"of_ours": 1}):
        assert module.config.of_ours == 1
    assert "of_ours" not in vars(module.config)


def test_a_class_s_own_way_to_train_is_not_called():
    module = made().train()
    module.vit.train = lambda _mode=True: pytest.fail("it was called")
    borrow(module, processor())
    assert module.vit.training


def test_autocast_of_the_user_does_not_change_the_pass():
    model = borrow(made(), processor())
    plain = model.run(PICTURE).logits
    with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
        assert np.array_equal(model.run(PICTURE).logits, plain)
        assert torch.is_autocast_enabled("cpu")


def test_autocast_of_the_user_does_not_change_answers():
    """They are computed after the pass, when the module has been given back."""
    engine = Engine.of(borrow(made(), processor()))
    picture = Picture(PICTURE, "picture", "picture")
    requests = [
        Request(query=Query.patch(1, 1), direction=direction) for direction in Direction
    ]
    plain = [engine.explain(picture).rows, *map(engine.answer, requests)]
    with torch.autocast("cpu", torch.bfloat16):
        cast = [engine.explain(picture).rows, *map(engine.answer, requests)]
    for ours, theirs in zip(cast, plain, strict=True):
        assert np.array_equal(ours.values, theirs.values)


def test_layers_of_unlike_heads_are_refused():
    module = made()
    attention = module.vit.layers[1].attention
    attention.num_attention_heads //= 2
    attention.head_dim *= 2
    with pytest.raises(ModelError, match="layers differ in their number of heads"):
        borrow(module, processor()).run(PICTURE)


def test_weights_are_shared_and_not_copied():
    module = made()
    model = borrow(module, processor())
    with torch.no_grad():
        module.classifier.bias.add_(1.0)
    before = borrow(module, processor())
    assert np.array_equal(model.run(PICTURE).logits, before.run(PICTURE).logits)
    assert model.module.classifier.bias is module.classifier.bias


def test_a_borrowed_model_says_what_the_same_folder_s_says(tmp_path):
    module = made()
    module.save_pretrained(tmp_path)
    processor().save_pretrained(tmp_path)
    loaded = load(str(tmp_path), "cpu")
    borrowed = borrow(module, processor(), loaded.facts.name)
    ours, theirs = borrowed.run(PICTURE), loaded.run(PICTURE)
    assert np.array_equal(ours.logits, theirs.logits)
    assert torch.equal(ours.recording.rows(0), theirs.recording.rows(0))
    differ = {"source", "trust", "devices"}
    for name, value in vars(loaded.facts).items():
        assert name in differ or getattr(borrowed.facts, name) == value
    names = [check.name for check in loaded.facts.trust]
    assert [check.name for check in borrowed.facts.trust] == names


@pytest.mark.parametrize("name", COMPOSITE_ZOO)
def test_whole_models_open_as_their_encoder(name):
    config = dict(COMPOSITE_ZOO[name])
    if name.endswith("ImageClassification"):
        config["id2label"] = LABELS
    architecture = getattr(transformers, name)
    module = architecture(architecture.config_class(**config))
    before = state(module)
    model = borrow(module, processor())
    assert state(module) == before
    assert model.facts.n_layers == len(model.run(PICTURE).recording.layers)
    verdicts = {check.name: check.verdict for check in model.facts.trust}
    verdicts.pop("Preparation")  # with ViT's means
    assert set(verdicts.values()) == {Verdict.GREEN}


def test_a_head_that_is_not_shown_is_left_out():
    module = made("ViTForMaskedImageModeling", encoder_stride=8)
    model = borrow(module, processor())
    assert model.module is module.vit
    assert model.facts.labels is None


def test_a_class_of_one_s_own_is_what_it_derives_from():
    class Mine(transformers.ViTForImageClassification):
        pass

    module = Mine(transformers.ViTConfig(**SMALL, id2label=LABELS))
    assert borrow(module, processor()).facts.labels == tuple(LABELS.values())


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("", "ViTForImageClassification"),
        ("org/tiny", "org/tiny"),
        ("/a/b/tiny", "tiny"),
    ],
)
def test_its_name_is_what_it_was_loaded_by(given, name):
    module = made()
    module.config.name_or_path = given
    assert borrow(module, processor()).facts.name == name
    assert borrow(module, processor(), "<b>\n").facts.name == r"<b>\n"


def test_names_from_the_config_are_printable():
    module = made(id2label={0: "a\nb", 1: "c"})
    assert borrow(module, processor()).facts.labels == ("a\\nb", "c")


def test_weights_that_are_not_finite_are_red():
    module = made()
    with torch.no_grad():
        module.classifier.bias[0] = torch.nan
    trust = {c.name: c for c in borrow(module, processor()).facts.trust}
    assert trust["Finite weights"].verdict is Verdict.RED
    assert "classifier.bias" in trust["Finite weights"].reason
    assert "in memory" in trust["Weights"].reason


def test_a_borrowed_model_is_never_moved():
    model = borrow(made(), processor())
    with pytest.raises(ModelError, match=r'call its \.to\("cpu"\)'):
        model.on_cpu()
