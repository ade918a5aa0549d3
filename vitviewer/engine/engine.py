"""The seam between looking and computing: requests in, plain NumPy answers out.

An engine is driven by one thread at a time; a request's `Job` may be cancelled from
any. torch is imported with the first model, not with this module.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from vitviewer.answers import Answer, Explanation, ModelFacts
from vitviewer.engine.provenance import provenance
from vitviewer.errors import ModelError
from vitviewer.jobs import Job
from vitviewer.methods.registry import method
from vitviewer.queries import Precision, Request, Resolution
from vitviewer.system.unfit_libraries import complaint
from vitviewer.text import reason_of
from vitviewer.trust import NotFiniteError

if TYPE_CHECKING:
    from vitviewer.models.vision_model import Run, VisionModel
    from vitviewer.pictures.picture import Picture

log = logging.getLogger(__name__)

ONLY_TRAINED = "The trained size is shown, the only one that this model takes"
TOO_LARGE = (
    "There was not enough memory for this resolution: the trained size is shown."
)
TOO_LITTLE = (
    "There was not enough memory on {}: the model runs on the CPU from now on, slower."
)
_MEMORY_WORDS = ("out of memory", "DefaultCPUAllocator", "can't allocate memory")

_Value = TypeVar("_Value")


class Engine:
    """Own a model and the recording of the picture that it explained last."""

    def __init__(self) -> None:
        self._model: VisionModel | None = None
        self._run: Run | None = None

    @classmethod
    def of(cls, model: VisionModel) -> Engine:
        """Return an engine that drives a model which is in memory already."""
        engine = cls()
        engine._model = model
        return engine

    def load(
        self,
        source: str | Path,
        device: str = "auto",
        job: Job | None = None,
        precision: Precision = Precision.PUBLISHED,
    ) -> ModelFacts:
        """Load a model; the old one stays if that fails.

        Parameters
        ----------
        source : str or path
            A bundled name, a folder, or a hub id that is in the local cache.
        device : str
            "auto" (CUDA, then MPS, then CPU) or a torch device.
        job : Job, optional
            The request's own.
        precision : Precision
            As the weights are, or float32.

        Raises
        ------
        ModelError
            If the model is missing, refused, or does not run.
        Cancelled
            If the job was; the old model stays.
        """
        load = _import_loading()
        job = job or Job()
        model = _guarded(lambda: load(str(source), device, job, precision))
        self._model, self._run = model, None
        return model.facts

    def explain(
        self,
        picture: Picture,
        resolution: Resolution = Resolution.TRAINED,
        job: Job | None = None,
    ) -> Explanation:
        """Run the model on a picture and record it.

        Where memory does not suffice the trained size is used instead, then the CPU;
        the explanation's notes say so.

        Raises
        ------
        ModelError
            If no model is loaded, or the pass fails.
        Cancelled
            If the job was; the model stays usable, and questions are still about the
            picture before.
        """
        model, job = self.need_model(), job or Job()
        notes: tuple[str, ...] = ()
        if resolution not in model.facts.resolutions:
            resolution = Resolution.TRAINED
            why = f": {model.facts.fixed}" if model.facts.fixed else ""
            notes = (f"{ONLY_TRAINED}{why}.",)
        explained = _guarded(
            lambda: self._explain_or_less(model, picture, resolution, job)
        )
        return replace(explained, notes=(*notes, *explained.notes))

    def answer(self, request: Request, job: Job | None = None) -> Answer:
        """Answer a request about the picture that was explained last.

        Raises
        ------
        ModelError
            If no picture has been explained, or the model has not what is asked for.
        Cancelled
            If the job was.
        """
        model, run = self._model, self._run
        if model is None or run is None:
            raise ModelError("No picture has been explained yet: open one first.")
        return _guarded(lambda: _answer(model.facts, run, request, job or Job()))

    def need_model(self) -> VisionModel:
        """Return the model; ModelError if none is loaded."""
        if self._model is None:
            raise ModelError("No model is loaded yet: choose one first.")
        return self._model

    def _explain_or_less(
        self, model: VisionModel, picture: Picture, resolution: Resolution, job: Job
    ) -> Explanation:
        """Explain with less where memory does not suffice: a smaller input, the CPU."""
        try:
            return self._explain(model, picture, resolution, job)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            log.info("out of memory at %s", resolution, exc_info=True)
        # Outside of the except block, so that the traceback lets go of its tensors.
        if resolution is not Resolution.TRAINED:
            less = self._explain_or_less(model, picture, Resolution.TRAINED, job)
            return replace(less, notes=(TOO_LARGE, *less.notes))
        if model.facts.device == "cpu":
            raise MemoryError
        self._model = model.on_cpu()
        less = self._explain(self._model, picture, resolution, job)
        return replace(less, notes=(TOO_LITTLE.format(model.facts.device), *less.notes))

    def _explain(
        self, model: VisionModel, picture: Picture, resolution: Resolution, job: Job
    ) -> Explanation:
        from vitviewer.models.checks import not_finite, pass_checks

        start = perf_counter()
        run = model.run(picture.pixels, job, resolution=resolution)
        seconds = perf_counter() - start
        trust = (*pass_checks(run, model.facts.dtype), *model.facts.trust)
        if not run.is_finite:
            raise not_finite(model.facts, trust)
        rows = _answer(model.facts, run, Request(query=model.facts.default_query), job)
        # Only now: until a pass has ended well, questions are about the last picture.
        self._run = run
        return Explanation(
            model=model.facts,
            geometry=run.geometry,
            tokens=run.tokens,
            rows=rows,
            input_pixels=run.input_pixels,
            logits=run.logits,
            seconds=seconds,
            provenance={
                **provenance(model.facts, picture, trust),
                "resolution": resolution.value,
                "input_size": list(run.geometry.input_size),
            },
            trust=trust,
            resolution=resolution,
        )


def _answer(model: ModelFacts, run: Run, request: Request, job: Job) -> Answer:
    """Let the request's method answer, in one thread if there is little to compute."""
    import torch

    from vitviewer.capture.threads import one_thread
    from vitviewer.methods.context import Context

    job.check()
    asked = method(request.method)
    missing = asked.missing(model)
    if missing:
        raise ModelError(missing)
    recording = run.recording.within(job)
    context = Context(recording, run.tokens, model, run.logits, job, run.replay)
    # A host may ask within autocast, which would round what is computed here.
    exact = torch.autocast(recording.device.type, enabled=False)
    is_small = run.replay.is_small if asked.runs_again else recording.is_small
    with torch.no_grad(), exact, one_thread(is_small):
        answer = asked.answer(context, request)
    job.check()
    if not np.isfinite(answer.values).all():
        raise NotFiniteError(
            f"The {asked.title} comes to values that are not finite numbers, so there "
            "is no map of it: ask about another token, or try another picture."
        )
    return answer


def _import_loading() -> Callable[[str, str, Job, Precision], VisionModel]:
    """Import torch and what loads models."""
    try:
        from vitviewer.models.loading import load
    except Exception as error:  # whatever a library of another version raises
        raise ModelError(complaint(error)) from error
    return load


def _guarded(request: Callable[[], _Value]) -> _Value:
    """Tell of what torch could not do in a sentence."""
    try:
        return request()
    except (RuntimeError, MemoryError) as error:
        log.info("the request failed", exc_info=True)
        message = _sentence(error)
    except ImportError as error:  # transformers imports much when it is needed
        message = complaint(error)
    # Outside of the except block, so that the traceback lets go of its tensors.
    raise ModelError(message)


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether memory ran out; torch says so in several ways."""
    said = any(word in str(error) for word in _MEMORY_WORDS)
    return said or isinstance(error, MemoryError)


def _sentence(error: RuntimeError | MemoryError) -> str:
    """Say what went wrong in the model, and what to do about it."""
    if is_out_of_memory(error):
        return (
            "There was not enough memory to run the model: close other programs, or "
            "choose a smaller model."
        )
    return (
        f"The model failed ({reason_of(error)}): try another picture, or another model."
    )
