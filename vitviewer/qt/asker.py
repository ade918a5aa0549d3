"""What the engine is asked, and what it has answered about the open picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vitviewer.engine.engine import Engine
from vitviewer.errors import ElsewhereError
from vitviewer.jobs import Job
from vitviewer.qt.kept_answers import KeptAnswers
from vitviewer.qt.worker import Worker
from vitviewer.queries import Precision, Request
from vitviewer.trust import NotFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitviewer.answers import Answer, Explanation, ModelFacts
    from vitviewer.jobs import Progress
    from vitviewer.pictures.picture import Picture
    from vitviewer.queries import Resolution
    from vitviewer.trust import Check


@dataclass(frozen=True)
class Refusal:
    """Why a pass has nothing to show: a sentence, and the checks that say so."""

    sentence: str
    trust: tuple[Check, ...]


class Asker(QObject):
    """Drive the engine in its worker; keep the newest answers by their requests."""

    loaded = Signal(object)
    moved = Signal(object)
    explained = Signal(object)
    refused = Signal(object)
    failed_pass = Signal()
    answered = Signal(object)
    unanswered = Signal()
    load_failed = Signal()
    progressed = Signal(object)
    activity_changed = Signal(str)
    noticed = Signal(str)

    def __init__(
        self,
        engine: Engine | None,
        wake: Callable[[], None] | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.model: ModelFacts | None = None
        self.engine = engine or Engine()
        self._wake = wake or (lambda: None)
        self._answers = KeptAnswers()
        self._asked: Request | None = None
        self._question = Job()
        self._passing = False
        self._passes: set[Job] = set()
        self._model_name = ""
        self.instead: dict[str, str] = {}
        self.worker = Worker(("load", "explain", "answer"), self)
        self.worker.answered.connect(self._on_answered)
        self.worker.delivered.connect(self._on_delivered)
        self.worker.failed.connect(self._on_failed)
        self.worker.progressed.connect(self._on_progressed)
        self.worker.started_job.connect(self._on_started)
        self.worker.idle.connect(self._on_idle)

    # --- what is asked --------------------------------------------------------------

    def load(
        self,
        source: str,
        device: str,
        precision: Precision = Precision.PUBLISHED,
    ) -> None:
        """Load a model by bundled name, folder or hub id."""
        if not self.worker.isRunning():
            self.worker.start()
        self._model_name = Path(source).name or source
        self.worker.submit("load", partial(self._load, source, device, precision))

    def _load(
        self, source: str, device: str, precision: Precision, job: Job
    ) -> ModelFacts:
        self._wake()
        try:
            return self.engine.load(source, device, job, precision)
        except ElsewhereError as error:
            self.instead = {str(error): error.instead}  # before the notice of it
            raise

    def explain(self, picture: Picture, resolution: Resolution) -> None:
        """Run the model on a picture, if there is a model."""
        if self.model is not None:
            call = partial(self._pass, picture, resolution)
            self._passes.add(self.worker.submit("explain", call))

    def _pass(
        self, picture: Picture, resolution: Resolution, job: Job
    ) -> Explanation | Refusal:
        try:
            return self.engine.explain(picture, resolution, job)
        except NotFiniteError as error:
            return Refusal(str(error), error.checks)

    @property
    def is_answering(self) -> bool:
        """Whether a question is being answered, or its answer is on the way."""
        waits = self.worker.has_waiting("answer")
        return not (self._asked is None or self._question.is_cancelled or waits)

    def ask(self, request: Request, passing: bool = False) -> None:
        """Ask about the picture that was explained; `answered` tells when it is known.

        The newest request wins; one that is being answered already goes on. The answer
        to a passing question is not kept for long.
        """
        self._passing = passing
        if request != self._asked or self._question.is_cancelled:
            self._asked = request
            call = partial(self.engine.answer, request)
            self._question = self.worker.submit("answer", call)

    def answer_to(self, request: Request, passing: bool = False) -> Answer | None:
        """Return what is known already."""
        return self._answers.get(request, passing)

    def withdraw(self, but: Request) -> None:
        """Give up a passing question that is being answered, unless it is this one."""
        if self._passing and self._asked not in (None, but):
            self._asked = None
            self.worker.discard("answer")

    def forget(self) -> None:
        """Drop what was computed for another picture or model, or still is."""
        self._passes.clear()
        self._forget_answers()
        self.worker.discard("explain")

    def cancel(self) -> None:
        """Stop what the engine is doing; what is known stays."""
        self._asked = None
        self.worker.discard("load")

    def stop(self, timeout_ms: int) -> bool:
        """End the worker; False if it would not stop in time."""
        return self.worker.stop(timeout_ms)

    def _forget_answers(self) -> None:
        self._asked = None
        self._answers.clear()
        self.worker.discard("answer")

    # --- what is answered -----------------------------------------------------------

    @Slot(str, object, object)
    def _on_answered(self, kind: str, job: Job, value: object) -> None:
        take = {
            "load": self._take_model,
            "explain": self._take_explanation,
            "answer": self._take_answer,
        }
        if self._counts(kind, job):
            take[kind](value)  # type: ignore[operator]

    def _counts(self, kind: str, job: Job) -> bool:
        """Tell whether an answer is still of use.

        A model that was loaded, or a pass of the open picture, is what the engine now
        holds and answers from: it is followed even if another one is on its way.
        """
        if kind == "explain":
            return job in self._passes
        return kind == "load" or not job.is_cancelled

    def _take_model(self, model: ModelFacts) -> None:
        self.forget()
        self.model = model
        self.loaded.emit(model)

    def _take_explanation(self, explanation: Explanation | Refusal) -> None:
        self._forget_answers()
        if isinstance(explanation, Refusal):
            self.refused.emit(explanation)
            self.noticed.emit(explanation.sentence)
            return
        self._answers.keep(explanation.rows)
        if explanation.model != self.model:  # it had to go on on another device
            self.model = explanation.model
            self.moved.emit(self.model)
        self.explained.emit(explanation)

    def _take_answer(self, answer: Answer) -> None:
        self._asked = None
        self._answers.keep(answer, self._passing)
        self.answered.emit(answer)

    @Slot(str, object, object)
    def _on_delivered(self, _kind: str, job: Job, partial_answer: Answer) -> None:
        """Show a part of an answer until there is more of it."""
        if not job.is_cancelled:
            self._answers.keep(partial_answer, self._passing)
            self.answered.emit(partial_answer)

    @Slot(str, object, object)
    def _on_progressed(self, kind: str, job: Job, progress: Progress) -> None:
        if not job.is_cancelled:
            self.progressed.emit(progress)
            self.activity_changed.emit(f"{self._words(kind)} {progress}")

    @Slot(str, object, str)
    def _on_failed(self, kind: str, job: Job, sentence: str) -> None:
        if kind == "answer" and not job.is_cancelled:
            self._asked = None
            self.unanswered.emit()
        if kind == "explain" and not job.is_cancelled:
            self.failed_pass.emit()
        if kind == "load":
            self.load_failed.emit()
        if not job.is_cancelled:
            self.noticed.emit(sentence)

    @Slot(str)
    def _on_started(self, kind: str) -> None:
        self.activity_changed.emit(self._words(kind))

    def _words(self, kind: str) -> str:
        """Say what the engine is doing."""
        if kind == "load" and self.model is None:
            return f"Waking {self._model_name} up (loading PyTorch)…"
        return {
            "load": f"Loading {self._model_name}…",
            "explain": "Running the model…",
            "answer": "Computing attention…",
        }[kind]

    @Slot()
    def _on_idle(self) -> None:
        self.activity_changed.emit("")
