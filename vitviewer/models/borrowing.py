"""Borrow a model that is in memory already: its weights, its place, its processor."""

from __future__ import annotations

import json
import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers

from vitviewer.capture import attention_function as capture
from vitviewer.errors import Cancelled, ModelError, NotRecordedError, VitviewerError
from vitviewer.inputs.kinds import KINDS, kind_name, settings_of
from vitviewer.jobs import Job
from vitviewer.models.borrowable import check_borrowable
from vitviewer.models.checkpoint import config as checkpoint
from vitviewer.models.families.blueprint import Blueprint, blueprint_of
from vitviewer.models.families.family import CapturePath
from vitviewer.models.lending import lent
from vitviewer.models.loaders.report import LoadReport, infinite_tensors
from vitviewer.models.loading import assemble, prove
from vitviewer.models.sources import Source
from vitviewer.models.vision_model import VisionModel
from vitviewer.queries import Resolution
from vitviewer.text import plain, quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.capture.verification import ModuleStack
    from vitviewer.models.vision_model import Run

log = logging.getLogger(__name__)

IN_MEMORY = "in memory"
"""The ``source`` of a borrowed model's facts: no file to load it from again."""
_MERGING = ("patch_size", "spatial_merge_size")  # Pixtral's, of the whole processor


@dataclass(frozen=True)
class BorrowedModel(VisionModel):
    """A model that belongs to someone else, who goes on using it between passes.

    What it needs for a pass is put in force for that pass alone, see `lent`. Its facts
    are those of the moment when it was borrowed.
    """

    def run(
        self,
        pixels: NDArray[np.uint8],
        job: Job | None = None,
        modules: ModuleStack | None = None,
        resolution: Resolution = Resolution.TRAINED,
    ) -> Run:
        """Run the model as `VisionModel.run` does; then put everything back.

        Errors of the user's own hooks come through as they are.
        """
        with self.lend():
            return super().run(pixels, job, modules, resolution)

    def lend(self) -> AbstractContextManager[None]:
        """Make a context in which the module is ours; afterwards all is put back."""
        return lent(self.module, self.path, self.blueprint.family.overrides)

    def on_cpu(self) -> VisionModel:
        """Refuse to move what belongs to someone else.

        Raises
        ------
        ModelError
            Always.
        """
        raise ModelError(
            f"There is too little memory on {self.facts.device} for this pass, and a "
            'borrowed model is not moved: call its .to("cpu") and borrow it again.'
        )


def borrow(
    module: torch.nn.Module,
    processor: Any,
    name: str | None = None,
    job: Job | None = None,
) -> BorrowedModel:
    """Make a model of a module in memory, whose weights are neither copied nor moved.

    Parameters
    ----------
    module : torch.nn.Module
        A transformers model of a supported family, or one that holds such an encoder
        (a ``CLIPModel``, say), of which the encoder is borrowed. Hooks that it has
        stay and run in our passes. It must not train in another thread meanwhile.
    processor : object
        Its image processor, or the processor that holds one. Pictures go through the
        Pillow backend of the same processor, whatever its own backend is.
    name : str, optional
        What to call it; what it was loaded by if left out, else its class.
    job : Job, optional
        Of the request; a cancel ends the first pass.

    Returns
    -------
    BorrowedModel
        It was run once and proved. After training, borrow the module again for a
        verdict on the new weights.

    Raises
    ------
    ModelError
        In one sentence, why the model cannot be shown.
    Cancelled
        If the job was.
    """
    check_borrowable(module)
    blueprint = _blueprint_of(module)
    encoder = _encoder(module, blueprint)
    settings = _settings_of(processor, blueprint)
    found = Source(Path(), plain(name or _name(module)), IN_MEMORY)
    try:
        return _borrowed(found, settings, blueprint, encoder, job or Job())
    except (VitviewerError, Cancelled, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        # A pass can fail in as many ways as there are models, processors and hooks.
        reason = plain(str(error).strip().partition("\n")[0] or type(error).__name__)
        raise ModelError(
            f"The model {quoted(found.name)} could not be run ({reason}): check that "
            "its image processor is its own."
        ) from error


def _borrowed(
    found: Source,
    settings: dict[str, Any],
    blueprint: Blueprint,
    module: Any,
    job: Job,
) -> BorrowedModel:
    """Try the ways of recording, best first, until one sees every layer."""
    capture.register()
    report = _report(module, job)
    failure: Exception | None = None
    for path in CapturePath:
        try:
            model = _assembled(found, settings, blueprint, path, module, report)
            # Lent all the while: a check looks at the attention that is in force.
            with lent(module, path, blueprint.family.overrides):
                proved = prove(model, True, report, job)
            return BorrowedModel(**vars(proved))
        except (NotRecordedError, KeyError, ValueError, TypeError) as error:
            log.info("%s: not by %s", found.name, path, exc_info=True)
            failure = failure or error
    assert failure is not None
    raise failure


def _assembled(
    found: Source,
    settings: dict[str, Any],
    blueprint: Blueprint,
    path: CapturePath,
    module: Any,
    report: LoadReport,
) -> VisionModel:
    """Put the model together, with no device but its own."""
    model = assemble(found, settings, blueprint, path, module, report)
    return replace(model, facts=replace(model.facts, devices=(model.facts.device,)))


def _blueprint_of(module: Any) -> Blueprint:
    """Say what a module is, by its config, checked as a folder's would be."""
    config = checkpoint.cleaned(json.loads(module.config.to_json_string(False)))
    config["architectures"] = [_class_of(module)]
    blueprint = blueprint_of(config)
    checkpoint.check_numbers(config)
    return blueprint


def _class_of(module: Any) -> str:
    """Return the name of transformers' own class that a module is, or derives from."""
    classes = type(module).__mro__
    return next(c.__name__ for c in classes if c.__module__.startswith("transformers."))


def _encoder(module: torch.nn.Module, blueprint: Blueprint) -> Any:
    """Find the blueprint's class among a module and its parts, or one like it."""
    wanted = getattr(transformers, blueprint.architecture)
    for part in module.modules():
        if isinstance(part, wanted):
            return part
    for part in module.modules():
        config = getattr(part, "config", None)
        is_model = isinstance(part, transformers.PreTrainedModel)
        if is_model and part is not module and type(config) is wanted.config_class:
            return part
    raise ModelError(
        f"A {quoted(type(module).__name__)} holds no {blueprint.architecture}, which "
        "is what is shown of such a model: give a model that has its vision encoder."
    )


def _settings_of(processor: Any, blueprint: Blueprint) -> dict[str, Any]:
    """Return an image processor's settings as its own file would have them."""
    image = getattr(processor, "image_processor", processor)
    if not hasattr(image, "to_json_string"):
        raise ModelError(
            f"A {quoted(type(processor).__name__)} is no image processor: give the "
            "model's own, from transformers' AutoImageProcessor."
        )
    settings = json.loads(image.to_json_string())
    whole = {key: getattr(processor, key, None) for key in _MERGING}
    settings = settings_of({"image_processor": settings, **whole})
    usual = blueprint.family.processor(blueprint.encoder)["image_processor_type"]
    _check_known(settings, usual)
    return settings


def _check_known(settings: dict[str, Any], usual: str) -> None:
    """Refuse an image processor of a class that is not known, or of text."""
    try:
        known = kind_name(settings, usual) in KINDS and "image_mean" in settings
    except ModelError:
        known = False
    if not known:
        kind = settings.get("image_processor_type") or "processor of another kind"
        raise ModelError(
            f"The image processor is a {quoted(str(kind))}, which is not supported: "
            f"give one that prepares pictures in the same way, such as {usual}."
        )


def _report(module: Any, job: Job) -> LoadReport:
    """Say how many tensors there are, and which are not finite."""
    infinite = infinite_tensors(module, lambda: job.is_cancelled)
    return LoadReport(len(module.state_dict()), infinite=infinite, borrowed=True)


def _name(module: Any) -> str:
    """Return the hub id or the folder's name that a module was loaded by, if any."""
    given = str(module.config.name_or_path)
    known = Path(given).name if Path(given).is_absolute() else given
    return known or type(module).__name__
