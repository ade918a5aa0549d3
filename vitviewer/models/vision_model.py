"""A loaded model: it runs on a picture and says which token is which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from vitviewer.capture import attention_function as capture
from vitviewer.capture.function_modes import EagerMode, SdpaMode
from vitviewer.capture.pooling import watch_pooling
from vitviewer.capture.replay import Replay
from vitviewer.capture.threads import one_thread
from vitviewer.capture.verification import ModuleStack, Witness
from vitviewer.errors import ModelError, NotRecordedError
from vitviewer.jobs import Job
from vitviewer.models.families.family import CapturePath, Positions
from vitviewer.queries import Resolution
from vitviewer.tokens import TokenLayout

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vitviewer.answers import ModelFacts
    from vitviewer.capture.recording import Recording
    from vitviewer.geometry import Geometry
    from vitviewer.inputs.preprocessor import Preprocessor
    from vitviewer.models.families.blueprint import Blueprint

_SMALL_PASS = 1_000_000_000
"""Multiplications of a pass that one core does in some 50 ms."""


@dataclass(frozen=True)
class Run:
    """What one forward pass gave.

    ``replay`` runs the same pass again; ``grid`` is the (rows, columns) that the patch
    convolution put out, None where the model has none. ``output_is_finite`` tells of
    all that the model put out, logits and last hidden state.
    """

    recording: Recording
    witness: Witness
    tokens: TokenLayout
    grid: tuple[int, int] | None
    geometry: Geometry
    input_pixels: NDArray[np.uint8]
    logits: NDArray[np.float32] | None
    replay: Replay
    output_is_finite: bool = True

    @property
    def is_finite(self) -> bool:
        """Whether attention in every layer and the model's output are finite."""
        return self.witness.is_finite and self.output_is_finite


@dataclass(frozen=True)
class VisionModel:
    """A loaded model with its preprocessing and its facts."""

    module: Any
    preprocessor: Preprocessor
    blueprint: Blueprint
    path: CapturePath
    facts: ModelFacts

    def run(
        self,
        pixels: NDArray[np.uint8],
        job: Job | None = None,
        modules: ModuleStack | None = None,
        resolution: Resolution = Resolution.TRAINED,
    ) -> Run:
        """Run the model on a picture, uint8 (height, width, 3), and record it.

        Parameters
        ----------
        pixels : uint8 (height, width, 3)
        job : Job, optional
            Of the request; checked at every layer.
        modules : ModuleStack, optional
            Follows attention through the output projections.
        resolution : Resolution
            At which size the picture goes in.

        Raises
        ------
        ModelError
            If the tokens are not the prefix tokens and the patch grid.
        Cancelled
            If the job was cancelled.
        """
        preprocessor = self.preprocessor.at(resolution)
        geometry = preprocessor.geometry(pixels.shape[1], pixels.shape[0])
        with one_thread(self._is_small(geometry)):
            return self._run(preprocessor, pixels, job or Job(), Witness(modules))

    def on_cpu(self) -> VisionModel:
        """Move the model to the CPU; return it with its facts set right."""
        moved = self.module.to("cpu")
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return replace(self, module=moved, facts=replace(self.facts, device="cpu"))

    def lend(self) -> AbstractContextManager[None]:
        """Make a context in which the module is ours: it is, always."""
        return nullcontext()

    def _run(
        self,
        preprocessor: Preprocessor,
        pixels: NDArray[np.uint8],
        job: Job,
        witness: Witness,
    ) -> Run:
        values, geometry = preprocessor.prepare(pixels)
        geometry = replace(geometry, grid_offset=_grid_offset(self.module))
        inputs = self._inputs(preprocessor.inputs(values, geometry), geometry)
        with ExitStack() as stack:
            stack.enter_context(torch.no_grad())
            expected = self._n_blocks
            record = stack.enter_context(capture.recording(job, witness, expected))
            stack.enter_context(_fallback(self.path, record, witness))
            if self.blueprint.family.pools and not self.blueprint.is_classifier:
                stack.enter_context(watch_pooling(self.module, record))
            grids = stack.enter_context(_patch_grid(self.module))
            output = self.module(**inputs)
        grid = grids[-1] if grids else None
        if preprocessor.pads_tokens:
            record.trim(self._tokens(geometry).n_tokens)
        tokens = self._layout(record, geometry, grid)
        return Run(
            recording=record,
            witness=witness,
            tokens=tokens,
            grid=grid,
            geometry=geometry,
            input_pixels=preprocessor.show(values),
            logits=_logits(output) if self.facts.labels else None,
            replay=Replay(
                self.module,
                inputs,
                self._n_blocks,
                self.lend,
                self._is_small(geometry),
            ),
            output_is_finite=_is_finite(output),
        )

    def _is_small(self, geometry: Geometry) -> bool:
        work = self.facts.n_parameters * geometry.rows * geometry.cols
        return work <= _SMALL_PASS

    @property
    def _n_blocks(self) -> int:
        return int(encoder_config(self.module.config).num_hidden_layers)

    def _inputs(
        self, made: dict[str, torch.Tensor], geometry: Geometry
    ) -> dict[str, Any]:
        """Return the arguments of the forward pass."""
        family, device = self.blueprint.family, self.module.device
        inputs: dict[str, Any] = {
            name: v.to(device, self.module.dtype if v.is_floating_point() else v.dtype)
            for name, v in made.items()
        }
        for name, numbers in family.inputs(geometry.rows * geometry.cols).items():
            inputs[name] = torch.tensor([numbers], device=device)
        trained = trained_size(encoder_config(self.module.config))
        other = geometry.input_size != trained
        if other and self.facts.fixed:
            width, height = geometry.input_size
            raise ModelError(
                f"This picture goes in at {width} × {height} pixels, and the model "
                f"takes its trained size only: {self.facts.fixed}."
            )
        if family.positions is Positions.FLAG and other:
            inputs["interpolate_pos_encoding"] = True
        return inputs

    def _tokens(self, geometry: Geometry) -> TokenLayout:
        """Name the tokens as the config has them."""
        family, config = self.blueprint.family, self.blueprint.encoder
        return TokenLayout.of_grid(
            family.prefix(config),
            geometry.rows,
            geometry.cols,
            family.suffix(config),
            geometry,
        )

    def _layout(
        self, record: Recording, geometry: Geometry, grid: tuple[int, int] | None
    ) -> TokenLayout:
        """Name the tokens; config, patch convolution and tensors must agree."""
        expected = self._n_blocks
        if len(record.layers) != expected:
            raise NotRecordedError(
                f"Only {len(record.layers)} of the model's {expected} layers could "
                "be recorded: this model cannot be shown truthfully."
            )
        shapes = {(a.n_heads, a.n_queries, a.n_keys) for a in record.layers}
        if len(shapes) > 1:
            raise NotRecordedError(
                "The model's layers differ in their number of heads or tokens: this "
                "model cannot be shown truthfully."
            )
        tokens = self._tokens(geometry)
        if record.n_tokens != tokens.n_tokens:
            raise ModelError(
                f"The model has {record.n_tokens} tokens, where its config says "
                f"{len(tokens.special)} special tokens and {tokens.rows} × "
                f"{tokens.cols} patches: this model cannot be shown truthfully."
            )
        if grid is not None and grid != (tokens.rows, tokens.cols):
            raise ModelError(
                f"The model cuts its input into {grid[0]} × {grid[1]} patches, where "
                f"its config says {tokens.rows} × {tokens.cols}: this model cannot be "
                "shown truthfully."
            )
        return tokens


def encoder_config(config: Any) -> Any:
    """Return the encoder's part of a loaded model's config."""
    return getattr(config, "vision_config", None) or config


def pair(size: Any) -> tuple[int, int]:
    """Return (width, height) of a config's size, one number or (height, width)."""
    if isinstance(size, int):
        return size, size
    height, width = size
    return int(width), int(height)


def trained_size(config: Any) -> tuple[int, int] | None:
    """Return the (width, height) that a loaded encoder's config was trained at."""
    size = getattr(config, "image_size", None)
    return None if size is None else pair(size)


def patch_convolution(module: Any) -> torch.nn.Conv2d | None:
    """Return the convolution that cuts the patches, if there is one."""
    for part in module.modules():
        if isinstance(part, torch.nn.Conv2d) and part.kernel_size == part.stride:
            return part
    return None


def _grid_offset(module: Any) -> tuple[int, int]:
    """Return where the first patch's corner lies in the input, (x, y) in pixels."""
    convolution = patch_convolution(module)
    if convolution is None or isinstance(convolution.padding, str):
        return 0, 0  # "valid": none; "same" does not go with a stride
    rows, cols = convolution.padding
    return -cols, -rows


def _is_finite(output: Any) -> bool:
    """Tell whether all that a model put out is finite, at any depth."""
    if isinstance(output, torch.Tensor):
        return not output.is_floating_point() or bool(torch.isfinite(output).all())
    if isinstance(output, SimpleNamespace):
        output = vars(output)
    if isinstance(output, Mapping):
        output = tuple(output.values())
    if isinstance(output, tuple | list):
        return all(map(_is_finite, output))
    return True


def _logits(output: Any) -> NDArray[np.float32]:
    values: NDArray[np.float32] = output.logits[0].float().cpu().numpy()
    return values


@contextmanager
def _fallback(path: CapturePath, record: Recording, witness: Witness) -> Iterator[None]:
    """Record what does not dispatch through the attention function."""
    if path is CapturePath.ATTENTION_FUNCTION:
        yield
        return
    mode = SdpaMode if path is CapturePath.SDPA else EagerMode
    with mode(record, witness):
        yield


@contextmanager
def _patch_grid(module: Any) -> Iterator[list[tuple[int, int]]]:
    """Collect the (rows, columns) that the patch convolution puts out."""
    grid: list[tuple[int, int]] = []
    convolution = patch_convolution(module)
    if convolution is None:
        yield grid
        return

    def note(_module: Any, _inputs: Any, output: torch.Tensor) -> None:
        grid.append((output.shape[2], output.shape[3]))

    handle = convolution.register_forward_hook(note)
    try:
        yield grid
    finally:
        handle.remove()
