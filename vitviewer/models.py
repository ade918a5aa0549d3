"""Find, check and load a model, then run it on pictures and record it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from vitviewer import capture, model_folder
from vitviewer.answers import ModelFacts
from vitviewer.errors import Cancelled, ModelError, VitviewerError
from vitviewer.families import Family, family_of
from vitviewer.image_files import plain, quoted
from vitviewer.preprocess import Preprocessor, build
from vitviewer.pretrained import load_module
from vitviewer.sources import Source, find
from vitviewer.threads import one_thread
from vitviewer.tokens import TokenLayout
from vitviewer.weight_files import check_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.capture import Recording
    from vitviewer.geometry import Geometry
    from vitviewer.model_folder import ModelFolder

log = logging.getLogger(__name__)

_NO_PROCESSOR = (
    "The folder has no preprocessor_config.json: pictures are prepared as is usual for "
    "this family."
)
_SMALL_PASS = 1_000_000_000
"""Multiplications of a pass that one core does in some 50 ms."""
CAPTURE_PATH = "attention function"


@dataclass(frozen=True)
class Run:
    """What one forward pass gave."""

    recording: Recording
    tokens: TokenLayout
    geometry: Geometry
    input_pixels: NDArray[np.uint8]
    logits: NDArray[np.float32] | None


@dataclass(frozen=True)
class VisionModel:
    """A loaded model with its preprocessing and its facts."""

    module: Any
    preprocessor: Preprocessor
    family: Family
    prefix: tuple[str, ...]
    facts: ModelFacts

    def run(
        self,
        pixels: NDArray[np.uint8],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Run:
        """Run the model on a picture, uint8 (height, width, 3), and record it.

        Raises
        ------
        ModelError
            If the tokens are not the prefix tokens and the patch grid.
        Cancelled
            If ``cancelled()`` became true.
        """
        geometry = self.preprocessor.geometry(pixels.shape[1], pixels.shape[0])
        work = self.facts.n_parameters * geometry.rows * geometry.cols
        with one_thread(work <= _SMALL_PASS):
            return self._run(pixels, cancelled)

    def _run(self, pixels: NDArray[np.uint8], cancelled: Callable[[], bool]) -> Run:
        values, geometry = self.preprocessor.prepare(pixels)
        inputs = values.to(self.module.device, self.module.dtype)
        with (
            torch.no_grad(),
            _patch_grid(self.module) as grid,
            capture.recording(cancelled) as recording,
        ):
            output = self.module(pixel_values=inputs, **self._options(geometry))
        tokens = self._layout(recording, geometry, grid)
        return Run(
            recording=recording,
            tokens=tokens,
            geometry=geometry,
            input_pixels=self.preprocessor.show(values),
            logits=_logits(output) if self.facts.labels else None,
        )

    def _options(self, geometry: Geometry) -> dict[str, Any]:
        """Ask for interpolated positions where the input is not of the trained size."""
        other = geometry.input_size != _pair(self.module.config.image_size)
        needed = self.family.interpolates and other
        return {"interpolate_pos_encoding": True} if needed else {}

    def _layout(
        self, recording: Recording, geometry: Geometry, grid: list[tuple[int, int]]
    ) -> TokenLayout:
        """Name the tokens; config, patch convolution and tensors must agree."""
        expected = self.module.config.num_hidden_layers
        if len(recording.layers) != expected:
            raise ModelError(
                f"Only {len(recording.layers)} of the model's {expected} layers could "
                "be recorded: this model cannot be shown truthfully."
            )
        tokens = TokenLayout(self.prefix, geometry.rows, geometry.cols)
        agree = grid == [(tokens.rows, tokens.cols)]
        if not agree or recording.n_tokens != tokens.n_tokens:
            raise ModelError(
                f"The model has {recording.n_tokens} tokens, where its config says "
                f"{len(self.prefix)} prefix tokens and {tokens.rows} × {tokens.cols} "
                "patches: this model cannot be shown truthfully."
            )
        return tokens


def load(
    source: str,
    device: str = "auto",
    cancelled: Callable[[], bool] = lambda: False,
) -> VisionModel:
    """Find, check and load a model.

    Parameters
    ----------
    source : str
        A bundled name, a folder, or a hub id that is in the local cache.
    device : str
        "auto" (CUDA, then MPS, then CPU) or a torch device.
    cancelled : callable
        Asked now and then; true ends the loading.

    Raises
    ------
    ModelError
        In one sentence, why the model cannot be shown.
    Cancelled
        If ``cancelled()`` became true.
    """
    found = find(source)
    folder = model_folder.read(found.folder)
    family = family_of(folder.model_type)
    model_folder.check_numbers(folder.config)
    check_weights(folder.path, folder.config)
    target = choose_device(device)
    try:
        module = load_module(folder, family, cancelled).to(target)
        return _smoke(_assemble(found, folder, family, module), cancelled)
    except (VitviewerError, Cancelled, torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        # transformers and torch raise some fifteen kinds of exception for bad folders.
        log.info("loading %s failed", source, exc_info=True)
        reason = plain(str(error).strip().partition("\n")[0] or type(error).__name__)
        raise ModelError(
            f"The model {quoted(found.name)} could not be loaded ({reason}): check "
            "that its config.json and its weights belong together."
        ) from error


def choose_device(wish: str = "auto") -> torch.device:
    """Return the device to run on: as wished, else CUDA, then MPS, then CPU.

    Raises
    ------
    ModelError
        If there is no such device.
    """
    if wish == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        mps = torch.backends.mps.is_available()
        return torch.device("mps" if mps else "cpu")
    try:
        device = torch.device(wish)
        torch.zeros(1, device=device)
    except Exception as error:
        raise ModelError(f"There is no device {quoted(wish)}: choose cpu.") from error
    return device


def _assemble(
    found: Source, folder: ModelFolder, family: Family, module: Any
) -> VisionModel:
    config, name = module.config, type(module).__name__
    patch = _pair(config.patch_size)
    preprocessor = build(folder.processor, family.processor(folder.config), patch)
    prefix = family.prefix(folder.config)
    notes = () if folder.processor else (_NO_PROCESSOR,)
    facts = ModelFacts(
        name=found.name,
        source=found.given,
        family=family.title,
        n_layers=config.num_hidden_layers,
        n_heads=config.num_attention_heads,
        n_parameters=sum(p.numel() for p in module.parameters()),
        patch_size=patch,
        input_size=_input_size(preprocessor),
        special_tokens=prefix,
        labels=_labels(config) if name in family.classifiers else None,
        multi_label=config.problem_type == "multi_label_classification",
        processor=preprocessor.description,
        dtype=str(module.dtype).removeprefix("torch."),
        device=str(module.device),
        capture=CAPTURE_PATH,
        revision=found.revision,
        notes=notes,
    )
    return VisionModel(module, preprocessor, family, prefix, facts)


def _smoke(model: VisionModel, cancelled: Callable[[], bool]) -> VisionModel:
    """Run once: the layers, the tokens and the numbers must be what they should be."""
    width, height = model.facts.input_size
    run = model.run(np.full((height, width, 3), 127, np.uint8), cancelled)
    rows = run.recording.rows(0)
    finite = torch.isfinite(rows).all()
    if run.logits is not None:
        finite &= bool(np.isfinite(run.logits).all())
    if not finite:
        raise ModelError(
            "The model computes values that are not finite numbers: its weights or its "
            "preprocessor_config.json are damaged."
        )
    return model


def _logits(output: Any) -> NDArray[np.float32]:
    values: NDArray[np.float32] = output.logits[0].float().cpu().numpy()
    return values


def _labels(config: Any) -> tuple[str, ...] | None:
    """Return the classes' names; None where there are none and the head is empty."""
    names = config.id2label or {}
    return tuple(names[i] for i in range(config.num_labels)) or None


def _input_size(preprocessor: Preprocessor) -> tuple[int, int]:
    """Return the input's width and height for a square picture."""
    return preprocessor.geometry(512, 512).input_size


def _pair(size: Any) -> tuple[int, int]:
    """Return (width, height) of a config's size, one number or (height, width)."""
    if isinstance(size, int):
        return size, size
    height, width = size
    return int(width), int(height)


@contextmanager
def _patch_grid(module: Any) -> Iterator[list[tuple[int, int]]]:
    """Collect the (rows, columns) that the patch convolution puts out."""
    grid: list[tuple[int, int]] = []
    convolution = next(
        part
        for part in module.modules()
        if isinstance(part, torch.nn.Conv2d) and part.kernel_size == part.stride
    )

    def note(_module: Any, _inputs: Any, output: torch.Tensor) -> None:
        grid.append((output.shape[2], output.shape[3]))

    handle = convolution.register_forward_hook(note)
    try:
        yield grid
    finally:
        handle.remove()
