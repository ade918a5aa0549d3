"""The seam between looking and computing: requests in, plain NumPy answers out.

An engine is driven by one thread at a time; `Engine.cancel` may be called from any.
torch is imported with the first model, not with this module.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from vitviewer.answers import Explanation, ModelFacts, Rollout, Rows
from vitviewer.errors import ModelError
from vitviewer.queries import Direction, Fusion, Query, QueryKind, Resolution
from vitviewer.text import plain
from vitviewer.trust import Check, as_plain
from vitviewer.version import __version__

if TYPE_CHECKING:
    import torch

    from vitviewer.capture.recording import Recording
    from vitviewer.models.vision_model import VisionModel
    from vitviewer.pictures.picture import Picture
    from vitviewer.tokens import TokenLayout


log = logging.getLogger(__name__)

TOO_LARGE = (
    "There was not enough memory for this resolution: the trained size is shown."
)
TOO_LITTLE = (
    "There was not enough memory on {}: the model runs on the CPU from now on, slower."
)
_MEMORY_WORDS = ("out of memory", "DefaultCPUAllocator", "can't allocate memory")

Answer = TypeVar("Answer")


class Engine:
    """Own a model and the recording of its last picture."""

    def __init__(self) -> None:
        self._cancelled = Event()
        self._model: VisionModel | None = None
        self._recording: Recording | None = None
        self._tokens: TokenLayout | None = None

    def load(self, source: str | Path, device: str = "auto") -> ModelFacts:
        """Load a model; the old one stays if that fails.

        Parameters
        ----------
        source : str or path
            A bundled name, a folder, or a hub id that is in the local cache.
        device : str
            "auto" (CUDA, then MPS, then CPU) or a torch device.

        Raises
        ------
        ModelError
            If the model is missing, refused, or does not run.
        Cancelled
            If `cancel` was called; the old model stays.
        """
        from vitviewer.models.loading import load

        model = self._run(lambda: load(str(source), device, self._cancelled.is_set))
        self._model, self._recording, self._tokens = model, None, None
        return model.facts

    def explain(
        self, picture: Picture, resolution: Resolution = Resolution.TRAINED
    ) -> Explanation:
        """Run the model on a picture and record it.

        Where memory does not suffice the trained size is used instead, then the CPU;
        the explanation's notes say so.

        Raises
        ------
        ModelError
            If no model is loaded, or the pass fails.
        Cancelled
            If `cancel` was called; the model stays usable.
        """
        model = self._need_model()
        if resolution not in model.facts.resolutions:
            resolution = Resolution.TRAINED
        return self._run(lambda: self._explain_or_less(model, picture, resolution))

    def _explain_or_less(
        self, model: VisionModel, picture: Picture, resolution: Resolution
    ) -> Explanation:
        """Explain with less where memory does not suffice: a smaller input, the CPU."""
        try:
            return self._explain(model, picture, resolution)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            log.info("out of memory at %s", resolution, exc_info=True)
        # Outside of the except block, so that the traceback lets go of its tensors.
        if resolution is not Resolution.TRAINED:
            less = self._explain_or_less(model, picture, Resolution.TRAINED)
            return replace(less, notes=(TOO_LARGE, *less.notes))
        if model.facts.device == "cpu":
            raise MemoryError
        self._model = model.on_cpu()
        less = self._explain(self._model, picture, resolution)
        return replace(less, notes=(TOO_LITTLE.format(model.facts.device), *less.notes))

    def _explain(
        self, model: VisionModel, picture: Picture, resolution: Resolution
    ) -> Explanation:
        from vitviewer.models.checks import pass_checks

        start = perf_counter()
        cancelled = self._cancelled.is_set
        run = model.run(picture.pixels, cancelled, resolution=resolution)
        seconds = perf_counter() - start
        query = model.facts.default_query
        rows = _rows(run.recording, run.tokens, query, Direction.FROM)
        trust = (*pass_checks(run, model.facts.dtype), *model.facts.trust)
        # Only now: until a pass has ended well, questions are about the last picture.
        self._recording, self._tokens = run.recording, run.tokens
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

    def rows(self, query: Query, direction: Direction = Direction.FROM) -> Rows:
        """Return one query's attention in all layers and heads of the last picture.

        Raises
        ------
        ModelError
            If no picture has been explained.
        Cancelled
            If `cancel` was called.
        """
        recording, tokens = self._need_recording()
        return self._run(lambda: _rows(recording, tokens, query, direction))

    def rollout(
        self,
        query: Query,
        fusion: Fusion = Fusion.MEAN,
        direction: Direction = Direction.FROM,
    ) -> Rollout:
        """Return one query's rollout up to every layer; errors as for `rows`."""
        recording, tokens = self._need_recording()
        return self._run(lambda: _rollout(recording, tokens, query, fusion, direction))

    def cancel(self) -> None:
        """Ask the running request to raise `Cancelled` soon."""
        self._cancelled.set()

    def _run(self, request: Callable[[], Answer]) -> Answer:
        """Start uncancelled, and tell of what torch could not do in a sentence."""
        self._cancelled.clear()
        try:
            return request()
        except (RuntimeError, MemoryError) as error:
            log.info("the request failed", exc_info=True)
            message = _sentence(error)
        # Outside of the except block, so that the traceback lets go of its tensors.
        raise ModelError(message)

    def _need_model(self) -> VisionModel:
        if self._model is None:
            raise ModelError("No model is loaded yet: choose one first.")
        return self._model

    def _need_recording(self) -> tuple[Recording, TokenLayout]:
        if self._recording is None or self._tokens is None:
            raise ModelError("No picture has been explained yet: open one first.")
        return self._recording, self._tokens


def load_model(source: str | Path, device: str = "auto") -> Engine:
    """Return an engine with a model loaded; errors as for `Engine.load`."""
    engine = Engine()
    engine.load(source, device)
    return engine


def provenance(
    model: ModelFacts, picture: Picture, trust: tuple[Check, ...] = ()
) -> dict[str, Any]:
    """Return what is needed to compute an explanation again, as plain JSON values."""
    import torch
    import transformers

    return {
        "picture": picture.name,
        "picture_sha256": picture.digest,
        "picture_size": list(picture.size),
        "picture_notes": list(picture.notes),
        "model": model.name,
        "model_source": model.source,
        "revision": model.revision,
        "family": model.family,
        "dtype": model.dtype,
        "device": model.device,
        "capture": model.capture,
        "processor": model.processor,
        "special_tokens": list(model.special_tokens),
        "trust": as_plain(trust),
        "versions": {
            "vitviewer": __version__,
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": ".".join(map(str, sys.version_info[:3])),
        },
    }


def _rows(
    recording: Recording, tokens: TokenLayout, query: Query, direction: Direction
) -> Rows:
    import torch

    from vitviewer.capture.threads import one_thread

    with torch.no_grad(), one_thread(recording.is_small):
        values = _ask(recording, tokens, query, direction)
    return Rows(query, direction, _numpy(values))


def _rollout(
    recording: Recording,
    tokens: TokenLayout,
    query: Query,
    fusion: Fusion,
    direction: Direction,
) -> Rollout:
    import torch

    from vitviewer.capture.threads import one_thread
    from vitviewer.methods.rollout import rollout

    with torch.no_grad(), one_thread(recording.is_small):
        weights = _weights(query, tokens, recording)
        values = rollout(recording, weights, fusion, direction)
    return Rollout(query, direction, fusion, _numpy(values))


def _ask(
    recording: Recording, tokens: TokenLayout, query: Query, direction: Direction
) -> torch.Tensor:
    """Return (layers, heads, tokens) for one query."""
    looks = direction is Direction.FROM
    if query.kind is QueryKind.POOL:
        return _pool_row(recording)[None]
    if query.kind is QueryKind.MEAN:
        mean = recording.mean_rows if looks else recording.mean_columns
        return mean(tokens.patches)
    one = recording.rows if looks else recording.columns
    return one(_index(query, tokens))


def _weights(query: Query, tokens: TokenLayout, recording: Recording) -> torch.Tensor:
    """Return the query as weights over tokens, float32 (tokens,)."""
    import torch

    device = recording.device
    weights = torch.zeros(tokens.n_tokens, device=device)
    if query.kind is QueryKind.MEAN:
        weights[tokens.patches] = 1.0 / tokens.n_patches
    elif query.kind is QueryKind.POOL:
        weights = _pool_row(recording).mean(dim=0)
    else:
        weights[_index(query, tokens)] = 1.0
    return weights


def _index(query: Query, tokens: TokenLayout) -> int:
    """Return the token that a query asks about."""
    if query.kind is QueryKind.PATCH:
        return tokens.patch_index(query.row, query.col)
    if query.kind is QueryKind.SPECIAL:
        return tokens.special_index(query.row)
    if tokens.class_index is None:
        raise ModelError("This model has no class token: ask about a patch instead.")
    return tokens.class_index


def _pool_row(recording: Recording) -> torch.Tensor:
    """Return what the pooling head looks at, (heads, tokens)."""
    if recording.pool is None:
        raise ModelError("This model has no pooling head: ask about a patch instead.")
    return recording.pool.rows(0, 1)[:, 0]


def _numpy(values: torch.Tensor) -> Any:
    return values.cpu().numpy()


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
    reason = plain(str(error).partition("\n")[0])
    return f"The model failed ({reason}): try another picture, or another model."
