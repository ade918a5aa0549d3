"""Load a checked model so that it is ours: recorded, whole, finite, out of the map."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import transformers

from vitviewer import capture, model_folder
from vitviewer.answers import ModelFacts
from vitviewer.errors import ModelError, VitviewerError
from vitviewer.families import Family, family_of
from vitviewer.preprocess import Preprocessor, build
from vitviewer.sources import Source, find
from vitviewer.tokens import TokenLayout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vitviewer.capture import Recording
    from vitviewer.geometry import Geometry
    from vitviewer.model_folder import ModelFolder

log = logging.getLogger(__name__)

CAPTURE_PATH = "attention function"
_UNUSED_IN_FORWARD = ("pooler.", "mask_token")


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
            logits=_logits(output),
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


def load(source: str, device: str = "auto") -> VisionModel:
    """Find, check and load a model.

    Parameters
    ----------
    source : str
        A bundled name, a folder, or a hub id that is in the local cache.
    device : str
        "auto" (CUDA, then MPS, then CPU) or a torch device.

    Raises
    ------
    ModelError
        In one sentence, why the model cannot be shown.
    """
    found = find(source)
    folder = model_folder.read(found.folder)
    family = family_of(folder.model_type)
    model_folder.check_numbers(folder.config)
    model_folder.check_weights(folder.path)
    try:
        module = _load_module(folder, family)
        target = choose_device(device)
        module.to(target)
    except VitviewerError:
        raise
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        log.info("loading %s failed", source, exc_info=True)
        raise ModelError(
            f"The model “{found.name}” could not be loaded ({_first_line(error)}): its "
            "config.json and weights may not belong together."
        ) from error
    return _smoke(_assemble(found, folder, family, module))


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
        raise ModelError(f"There is no device “{wish[:40]}”: choose cpu.") from error
    return device


def _load_module(folder: ModelFolder, family: Family) -> Any:
    """Load the weights through transformers, then make them ours."""
    capture.register()
    name = family.architecture(folder.config)
    architecture = getattr(transformers, name)
    config = architecture.config_class.from_dict(dict(folder.config))
    options = family.backbone_options if name == family.backbone else {}
    with _quiet():
        module, info = architecture.from_pretrained(
            folder.path,
            config=config,
            attn_implementation=capture.NAME,
            dtype="auto",
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **options,
        )
    _check_loading(folder, info)
    _own_weights(module)
    module.eval().requires_grad_(False)
    return module


def _check_loading(folder: ModelFolder, info: dict[str, Any]) -> None:
    """Refuse weights that are in part random; transformers only logs it."""
    missing = [k for k in info["missing_keys"] if not _is_unused(k)]
    mismatched = list(info["mismatched_keys"])
    if missing or mismatched:
        raise ModelError(
            f"The weights of “{folder.path.name}” do not fit its config.json "
            f"({len(missing)} tensors missing, {len(mismatched)} of another shape): "
            "the rest would be random. Download the model again."
        )


def _is_unused(key: str) -> bool:
    return any(name in key for name in _UNUSED_IN_FORWARD)


def _own_weights(module: Any) -> None:
    """Copy weights out of the memory-mapped file, and check that they are numbers.

    A mapped file that is truncated later would kill the process, one that is
    overwritten would change the answers.
    """
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.data = tensor.data.clone()
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                "The model's weights hold values that are not finite numbers: "
                "download it again, or ask whoever trained it."
            )


def _assemble(
    found: Source, folder: ModelFolder, family: Family, module: Any
) -> VisionModel:
    config = module.config
    patch = _pair(config.patch_size)
    preprocessor = build(folder.processor, family.processor, patch)
    prefix = family.prefix(folder.config)
    notes = () if folder.processor else ("no preprocessor_config.json: defaults used",)
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
        labels=_labels(config, module),
        multi_label=config.problem_type == "multi_label_classification",
        processor=preprocessor.description,
        dtype=str(module.dtype).removeprefix("torch."),
        device=str(module.device),
        capture=CAPTURE_PATH,
        revision=found.revision,
        notes=notes,
    )
    return VisionModel(module, preprocessor, family, prefix, facts)


def _smoke(model: VisionModel) -> VisionModel:
    """Run once: the layers, the tokens and the numbers must be what they should be."""
    width, height = model.facts.input_size
    run = model.run(np.full((height, width, 3), 127, np.uint8))
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


def _logits(output: Any) -> NDArray[np.float32] | None:
    logits = getattr(output, "logits", None)
    if logits is None:
        return None
    values: NDArray[np.float32] = logits[0].float().cpu().numpy()
    return values


def _labels(config: Any, module: Any) -> tuple[str, ...] | None:
    """Name the classes; None for a backbone, "class 7" where the config has a gap."""
    if "ForImageClassification" not in type(module).__name__:
        return None
    names = config.id2label or {}
    return tuple(_label(names.get(i), i) for i in range(config.num_labels))


def _label(name: object, index: int) -> str:
    if not isinstance(name, str) or not name.strip():
        return f"class {index}"
    return "".join(c if c.isprintable() else " " for c in name)[:200].strip()


def _input_size(preprocessor: Preprocessor) -> tuple[int, int]:
    """Return the input's width and height for a square picture."""
    return preprocessor.geometry(512, 512).input_size


def _pair(size: Any) -> tuple[int, int]:
    """Return (width, height) of a config's size, one number or (height, width)."""
    if isinstance(size, int):
        return size, size
    height, width = size
    return int(width), int(height)


def _first_line(error: Exception) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return "".join(c if c.isprintable() else " " for c in line)[:160]


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


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' log and progress bars off the terminal while it loads."""
    verbosity = transformers.logging.get_verbosity()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers.logging.set_verbosity(verbosity)
