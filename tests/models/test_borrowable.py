"""What cannot be recorded truthfully is refused, in a sentence that says what to do."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import transformers

from tests.models.modules import PICTURE, made, processor
from vitviewer.errors import ModelError
from vitviewer.models.borrowing import borrow


def compiled():
    return torch.compile(made())


def compiled_in_place():
    module = made()
    module.vit.layers[0].compile()
    return module


def traced():
    module = made()
    module.classifier = torch.jit.script(module.classifier)
    return module


def parallel():
    return torch.nn.DataParallel(made())


def zero_sharded():
    module = made()
    module.classifier.weight.ds_id = 3  # as DeepSpeed's ZeRO-3 marks them
    return module


def flagged_as_quantised():
    module = made()
    module.is_quantized = True
    return module


def eight_bit():
    module = made()
    linear = type("Linear8bitLt", (torch.nn.Linear,), {})
    linear.__module__ = "bitsandbytes.nn.modules"
    module.classifier = linear(32, 5)
    return module


def whole_numbers():
    module = made()
    weight = module.classifier.weight.detach().to(torch.int8)
    module.classifier.weight = torch.nn.Parameter(weight, requires_grad=False)
    return module


def tensors_of_their_own():
    class Packed(torch.Tensor):
        pass

    module = made()
    packed = module.classifier.weight.detach().as_subclass(Packed)
    module.classifier.weight = torch.nn.Parameter(packed)
    return module


def without_values():
    return made().to("meta")


def dispatched():
    module = made()
    module.hf_device_map = {"vit": 0, "classifier": "cpu"}
    return module


def hooked():
    module = made()
    module.vit._hf_hook = object()  # as accelerate marks them
    return module


def of_timm():
    module = torch.nn.Linear(2, 2)
    module.__class__ = type("VisionTransformer", (torch.nn.Linear,), {})
    type(module).__module__ = "timm.models.vision_transformer"
    return module


def of_another_family():
    return transformers.BertModel(
        transformers.BertConfig(
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=8,
            vocab_size=8,
        )
    )


def of_windows():
    config = transformers.SwinConfig(embed_dim=8, depths=[1], num_heads=[1])
    return transformers.SwinModel(config)


def text_alone():
    return made("CLIPModel").text_model


def shortened():
    module = made()
    module.vit.layers = module.vit.layers[:2]
    return module


def with_another_classifier():
    module = made()
    module.classifier = torch.nn.Linear(32, 7)
    return module


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (compiled, "is compiled.*went into torch.compile"),
        (compiled_in_place, "is compiled"),
        (traced, "is compiled"),
        (parallel, r"sharded or wrapped.*its \.module"),
        (zero_sharded, "sharded or wrapped"),
        (flagged_as_quantised, "quantised.*load the original model"),
        (eight_bit, "quantised"),
        (whole_numbers, "quantised"),
        (tensors_of_their_own, "quantised"),
        (without_values, "weights without values.*load it whole"),
        (dispatched, "several devices: load it without device_map"),
        (hooked, "several devices"),
        (of_timm, "timm model.*save_for_hf"),
        (of_another_family, "type ‘bert’ .*: use"),
        (of_windows, "type ‘swin’ .*: use"),
        (text_alone, "type ‘clip_text_model’"),
        (shortened, "Only 2 of the model's 3 layers"),
        (with_another_classifier, "7 scores, where its config names 5 classes: set"),
        (lambda: torch.nn.Linear(2, 2), "‘Linear’ is no transformers model: give"),
        (lambda: "org/tiny", r"str is no torch\.nn\.Module: give"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
def test_what_cannot_be_recorded_is_refused_in_a_sentence(make, words):
    module = make()
    with pytest.raises(ModelError, match=words) as caught:
        borrow(module, processor())
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_modules_of_torch_s_own_wrappers_are_refused(tmp_path):
    import torch.distributed as dist
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor import DTensor

    if not dist.is_gloo_available():
        pytest.skip("torch was built without gloo")
    store = dist.FileStore(str(tmp_path / "store"), 1)
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        wrapped = torch.nn.parallel.DistributedDataParallel(made())
        sharded = fully_shard(made(), mesh=dist.init_device_mesh("cpu", (1,)))
        assert isinstance(sharded.classifier.weight, DTensor)
        for module in (wrapped, sharded):
            with pytest.raises(ModelError, match="sharded or wrapped"):
                borrow(module, processor())
        borrow(wrapped.module, processor())
    finally:
        dist.destroy_process_group()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.*quantize_per_tensor:UserWarning")
def test_torch_s_own_quantisation_is_refused():
    module = torch.ao.quantization.quantize_dynamic(
        made(), {torch.nn.Linear}, torch.qint8
    )
    with pytest.raises(ModelError, match="quantised"):
        borrow(module, processor())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "‘NoneType’ is no image processor: give the model's own"),
        (lambda image: image, "‘function’ is no image processor"),
        (transformers.VideoMAEImageProcessorPil(), "‘VideoMAEImageProcessor.*’, which"),
        (transformers.ViTConfig(), "‘processor of another kind’, which is not"),
        (
            transformers.Siglip2ImageProcessorPil(patch_size=16),
            "cuts patches of 16 × 16 pixels, but the model takes 8 × 8",
        ),
    ],
)
def test_a_processor_that_does_not_fit_is_refused(given, words):
    with pytest.raises(ModelError, match=words):
        borrow(made(), given)


def test_a_processor_that_holds_an_image_processor_will_do():
    class Both:
        image_processor = processor()
        tokenizer = None

    assert borrow(made(), Both()).facts.processor == (
        borrow(made(), processor()).facts.processor
    )


@pytest.mark.parametrize("suffix", ["", "Fast", "Pil"])
def test_the_backend_of_a_processor_does_not_matter(suffix):
    class Other:
        def to_json_string(self):
            kind = f"ViTImageProcessor{suffix}"
            return json.dumps({**processor().to_dict(), "image_processor_type": kind})

    model = borrow(made(), Other())
    assert np.array_equal(
        model.run(PICTURE).logits, borrow(made(), processor()).run(PICTURE).logits
    )


def test_a_processor_as_it_is_now_is_what_counts():
    changed = processor()
    changed.image_mean = [0.25, 0.5, 0.75]
    assert "mean 0.25 0.5 0.75" in borrow(made(), changed).facts.processor
