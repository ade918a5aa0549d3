"""Find, check and load a model, by the first way of recording that proves right."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitviewer.answers import HALF_PRECISION, ModelFacts
from vitviewer.capture.verification import ModuleStack
from vitviewer.errors import (
    Cancelled,
    ModelError,
    NotRecordedError,
    UnknownOptionError,
    VitviewerError,
)
from vitviewer.inputs.kinds import settings_of
from vitviewer.inputs.preprocessor import build
from vitviewer.jobs import Job
from vitviewer.models.checkpoint import config as model_folder
from vitviewer.models.checkpoint.weights import check_weights
from vitviewer.models.checks import model_checks
from vitviewer.models.devices import choose_device, list_devices
from vitviewer.models.families.blueprint import Blueprint, blueprint_of
from vitviewer.models.families.family import (
    NO_CLASS_TOKEN,
    CapturePath,
    Family,
    Positions,
    Readout,
)
from vitviewer.models.families.table import numbered
from vitviewer.models.loaders import timm as timm_models
from vitviewer.models.loaders.report import LoadReport
from vitviewer.models.loaders.transformers import load_module
from vitviewer.models.oblong import SquareWatch, examine, failure_words
from vitviewer.models.sources import Source, find
from vitviewer.models.vision_model import (
    Run,
    VisionModel,
    encoder_config,
    pair,
    trained_size,
)
from vitviewer.queries import Precision, QueryKind, Resolution
from vitviewer.text import quoted, reason_of

if TYPE_CHECKING:
    from vitviewer.inputs.preprocessor import Preprocessor
    from vitviewer.models.checkpoint.config import ModelFolder

log = logging.getLogger(__name__)


def load(
    source: str,
    device: str = "auto",
    job: Job | None = None,
    precision: Precision = Precision.PUBLISHED,
) -> VisionModel:
    """Find, check and load a model.

    Parameters
    ----------
    source : str
        A bundled name, a folder, or a hub id that is in the local cache.
    device : str
        "auto" (CUDA, then MPS, then CPU) or a torch device.
    job : Job, optional
        Of the request; checked now and then.
    precision : Precision
        As the weights are, or float32.

    Raises
    ------
    ModelError
        In one sentence, why the model cannot be shown.
    Cancelled
        If the job was cancelled.
    """
    found = find(source)
    folder = model_folder.read(found.folder)
    blueprint = blueprint_of(folder.config)
    model_folder.check_numbers(folder.config)
    check_weights(folder.path, blueprint.encoder)
    if folder.model_type == model_folder.TIMM:
        folder, blueprint = timm_models.examined(folder, blueprint)
    where = choose_device(device)
    try:
        return _load(found, folder, blueprint, where, job or Job(), precision)
    except (VitviewerError, Cancelled, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        # transformers and torch raise some fifteen kinds of exception for bad folders.
        log.info("loading %s failed", source, exc_info=True)
        reason, shape = reason_of(error), failure_words(blueprint)
        if shape:
            raise ModelError(
                f"The model {quoted(found.name)} cannot be run ({shape}): use a model "
                "of a square grid."
            ) from error
        raise ModelError(
            f"The model {quoted(found.name)} could not be loaded ({reason}): check "
            "that its config.json and its weights belong together."
        ) from error


def _resolutions(family: Family) -> tuple[Resolution, ...]:
    """Return the sizes that a family's positions can be interpolated to."""
    if family.positions is Positions.FIXED:
        return (Resolution.TRAINED,)
    return tuple(Resolution)


def _load(
    found: Source,
    folder: ModelFolder,
    blueprint: Blueprint,
    device: torch.device,
    job: Job,
    precision: Precision,
) -> VisionModel:
    """Try the ways of recording, best first, until one sees every layer."""
    failure: Exception | None = None
    is_timm = folder.model_type == model_folder.TIMM
    loader = timm_models.load_module if is_timm else load_module
    for path in timm_models.PATHS if is_timm else CapturePath:
        if path is CapturePath.SDPA and isinstance(failure, UnknownOptionError):
            continue  # transformers' sdpa would drop the option in silence
        try:
            module, report = loader(folder, blueprint, path, lambda: job.is_cancelled)
            settings = settings_of(folder.processor)
            published = dtype_of(module)
            module = module.to(device)
            if precision is Precision.FLOAT32 and published in HALF_PRECISION:
                module = module.float()
            model = assemble(found, settings, blueprint, path, module, report)
            model = replace(model, facts=replace(model.facts, published=published))
            return prove(model, bool(settings), report, job)
        except (NotRecordedError, KeyError, ValueError, TypeError) as error:
            # Each way says in its own manner that a model does not go that way.
            log.info("%s: not by %s", found.name, path, exc_info=True)
            failure = failure or error
    assert failure is not None
    raise failure


def assemble(
    found: Source,
    processor: dict[str, Any],
    blueprint: Blueprint,
    path: CapturePath,
    module: Any,
    report: LoadReport,
) -> VisionModel:
    """Put a model together; what `prove` finds out is still to come.

    Parameters
    ----------
    found : Source
        What to call it.
    processor : dict
        The image processor's settings; empty for the family's.
    blueprint : Blueprint
    path : CapturePath
        How attention is recorded.
    module : Module
        The blueprint's class, with its weights, where it is to run.
    report : LoadReport

    Raises
    ------
    ModelError
        If the processor's settings make no sense.
    """
    config = encoder_config(module.config)
    patch = pair(config.patch_size)
    fallback = blueprint.family.processor(blueprint.encoder)
    preprocessor = build(processor, fallback, patch)
    family, encoder = blueprint.family, blueprint.encoder
    readout = blueprint.readout
    has_labels = blueprint.has_labels and not report.lacks_classifier
    facts = ModelFacts(
        name=found.name,
        source=found.given,
        family=blueprint.title,
        n_layers=config.num_hidden_layers,
        n_heads=config.num_attention_heads,
        n_parameters=sum(p.numel() for p in module.parameters()),
        patch_size=patch,
        input_size=_input_size(preprocessor),
        special_tokens=family.prefix(encoder) + family.suffix(encoder),
        labels=_labels(module.config) if has_labels else None,
        multi_label=module.config.problem_type == "multi_label_classification",
        regression=_is_regression(module.config),
        trained_size=trained_size(config),
        processor=preprocessor.description,
        dtype=dtype_of(module),
        published=dtype_of(module),
        device=str(module.device),
        capture=path.value,
        resolutions=_resolutions(family),
        devices=list_devices(),
        readout=readout.query,
        reads=readout.reads,
        pools=family.pools and not blueprint.is_classifier,
        revision=found.revision,
    )
    return VisionModel(module, preprocessor, blueprint, path, facts)


def prove(
    model: VisionModel,
    has_processor: bool,
    report: LoadReport,
    job: Job,
) -> VisionModel:
    """Run once: layers, tokens and numbers must be what they should be.

    Parameters
    ----------
    model : VisionModel
        From `assemble`.
    has_processor : bool
        Whether the image processor is the model's own.
    report : LoadReport
    job : Job
        Of the request.

    Returns
    -------
    VisionModel
        With the verdict in its facts.

    Raises
    ------
    ModelError
        If the model cannot be shown truthfully.
    Cancelled
        If the job was.
    """
    width, height = model.facts.input_size
    grey = np.full((height, width, 3), 127, np.uint8)
    stack, squares = ModuleStack(), SquareWatch()
    with stack.watching(model.module), squares:
        run = model.run(grey, job, stack)
    overflows = model.facts.dtype in HALF_PRECISION and not report.infinite
    if not _is_finite(run) and not overflows:
        raise ModelError(
            "The model computes values that are not finite numbers: its weights or its "
            "preprocessor_config.json are damaged."
        )
    _check_scores(run, model.facts.labels)
    pools = model.facts.pools and run.recording.pool is not None
    lost = model.facts.readout.kind is QueryKind.POOL and not pools
    readout = (
        NO_CLASS_TOKEN if lost else Readout(model.facts.readout, model.facts.reads)
    )
    trust = model_checks(model, run, report, has_processor)
    fixed, doubts = examine(model, grey, job, squares.squares)
    facts = replace(
        model.facts,
        readout=readout.query,
        reads=readout.reads,
        n_heads=run.recording.n_heads,
        pools=pools,
        trust=trust + doubts,
        fixed=fixed,
        resolutions=(Resolution.TRAINED,) if fixed else model.facts.resolutions,
    )
    return replace(model, facts=facts)


def _check_scores(run: Run, labels: tuple[str, ...] | None) -> None:
    """Refuse a classifier that was replaced by one for other classes."""
    n_scores = 0 if run.logits is None else run.logits.size
    if labels is not None and n_scores != len(labels):
        raise ModelError(
            f"The model puts out {n_scores} scores, where its config names "
            f"{len(labels)} classes: set id2label and label2id in its config."
        )


def _is_finite(run: Run) -> bool:
    return bool(torch.isfinite(run.recording.rows(0)).all())


def _labels(config: Any) -> tuple[str, ...] | None:
    """Return the classes' names; None where there are none and the head is empty.

    A regression's numbers have names of ours where the config has transformers' usual.
    """
    table = {i: (config.id2label or {}).get(i) for i in range(config.num_labels)}
    names = tuple((model_folder.labels({"id2label": table}) or {}).values())
    if _is_regression(config):
        usual = [name == f"LABEL_{i}" for i, name in enumerate(names)]
        ours = ["value"] if len(names) == 1 else numbered("value", len(names))
        names = tuple(ours) if all(usual) else names
    return names or None


def _is_regression(config: Any) -> bool:
    """Tell whether the outputs are numbers, by the rule of transformers' losses."""
    problem = config.problem_type
    return problem == "regression" or (problem is None and config.num_labels == 1)


def dtype_of(module: Any) -> str:
    """Return the dtype that a model's weights are in, without "torch."."""
    return str(module.dtype).removeprefix("torch.")


def _input_size(preprocessor: Preprocessor) -> tuple[int, int]:
    """Return the input's width and height for a square picture."""
    return preprocessor.geometry(512, 512).input_size
