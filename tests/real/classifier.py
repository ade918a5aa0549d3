"""A classifier for the real encoder: the shapes of the bundled models' scenes.

The encoder has no classes. Ridge regression finds some, in closed form, in what
transformers' Dinov2ForImageClassification reads: the class token and the mean of the
patches, after the last LayerNorm. ``python -m tests.real.classifier`` fits it anew, in
about a minute, and writes it to the file beside the other fixtures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.real import model as real_model
from tests.real.reference import normalised
from tests.real.scenes import (
    N_HELD_OUT,
    N_TRAINING,
    held_out_scene,
    seen,
    training_scene,
)
from vitviewer.models.bundled.scenes import Scene
from vitviewer.models.bundled.shapes import SHAPES

STORED = Path(__file__).parents[1] / "fixtures" / "real" / "classifier.safetensors"
NAME = "dinov2-small-shapes"
CONFIG = {
    **real_model.CONFIG,
    "architectures": ["Dinov2ForImageClassification"],
    "id2label": dict(enumerate(SHAPES)),
    "label2id": {name: label for label, name in enumerate(SHAPES)},
}
PENALTIES = tuple(10.0 ** np.arange(-1, 5, 0.5))
SCALES = (1, 2, 5, 10, 20, 50, 100)
_FORMAT = 2  # to be raised when what is written to the cache changes
_BATCH = 16


@dataclass(frozen=True)
class Fit:
    """A linear classifier, and what leaving out each scene says of it.

    Parameters
    ----------
    weight : float64 (classes, features)
    bias : float64 (classes,)
    penalty : float
        Of the `PENALTIES` the one with the least squared error of scenes left out.
    scale : float
        The regression's answers lie about 0 and 1, the softmax of which says little:
        they are multiplied by the one of the `SCALES` with the least cross-entropy.
    accuracy : float
        Share of the scenes whose class is found when they are left out.
    """

    weight: np.ndarray
    bias: np.ndarray
    penalty: float
    scale: float
    accuracy: float

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return the logits, (scenes, classes)."""
        return features @ self.weight.T + self.bias


def classifier_folder() -> Path:
    """Return the folder with encoder and classifier; write it first if there is none.

    It is kept as the encoder's folder is, within one whose name tells what it was made
    of: its own name is what the program calls the model.
    """
    encoder = real_model.folder()
    digest = real_model.digest_of(STORED)
    name = f"{encoder.name}-shapes-{_FORMAT}-{digest}"
    return real_model.kept(name, lambda made: write(encoder, made / NAME)) / NAME


def write(encoder: Path, folder: Path) -> None:
    """Write the model as transformers would save it."""
    from safetensors.numpy import load_file, save_file

    tensors = load_file(encoder / "model.safetensors")
    named = {f"dinov2.{name}": tensor for name, tensor in tensors.items()}
    named |= {f"classifier.{name}": part for name, part in load_file(STORED).items()}
    folder.mkdir(exist_ok=True)
    save_file(named, folder / "model.safetensors", {"format": "pt"})
    real_model.write_configs(folder, CONFIG)


def features(encoder: Path, scenes: list[Scene]) -> np.ndarray:
    """Return class token and mean of the patches, float64 (scenes, 2 · width)."""
    import torch
    from transformers import Dinov2Model

    model = Dinov2Model.from_pretrained(encoder).eval()
    found = []
    for start in range(0, len(scenes), _BATCH):
        values = [normalised(seen(s)) for s in scenes[start : start + _BATCH]]
        with torch.no_grad():
            tokens = model(torch.from_numpy(np.stack(values)).float())[0].double()
        found.append(torch.cat([tokens[:, 0], tokens[:, 1:].mean(dim=1)], dim=1))
    return torch.cat(found).numpy()


def refit(encoder: Path) -> Fit:
    """Fit the classifier to the training scenes."""
    scenes = [training_scene(number) for number in range(N_TRAINING)]
    return fit(features(encoder, scenes), labels_of(scenes))


def labels_of(scenes: list[Scene]) -> np.ndarray:
    """Return the class of each scene's dominant object."""
    return np.array([scene.label for scene in scenes])


def fit(features: np.ndarray, labels: np.ndarray) -> Fit:
    """Fit one-hot targets by ridge regression; the bias is not penalised."""
    targets = np.eye(len(SHAPES))[labels]
    candidates = [
        (penalty, left_out(features, targets, penalty)) for penalty in PENALTIES
    ]
    penalty, answers = min(candidates, key=lambda c: np.square(c[1] - targets).mean())
    scale = min(SCALES, key=lambda scale: _cross_entropy(scale * answers, labels))
    weight, bias = ridge(features, targets, penalty)
    accuracy = float((answers.argmax(axis=1) == labels).mean())
    return Fit(scale * weight, scale * bias, float(penalty), float(scale), accuracy)


def ridge(
    features: np.ndarray, targets: np.ndarray, penalty: float
) -> tuple[np.ndarray, np.ndarray]:
    """Solve the normal equations; return the weight, (classes, features), and bias."""
    centre = features.mean(axis=0)
    x, y = features - centre, targets - targets.mean(axis=0)
    weight = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ y).T
    return weight, targets.mean(axis=0) - weight @ centre


def left_out(features: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """Return what each scene is answered by the fit to all others, in closed form.

    A residual of the fit to all, over one less the scene's leverage, is the residual
    of the fit without it (Hastie, Tibshirani and Friedman 2009, equation 7.64).
    """
    weight, bias = ridge(features, targets, penalty)
    x = features - features.mean(axis=0)
    solved = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T)
    leverage = (x.T * solved).sum(axis=0) + 1 / len(x)
    residual = targets - (features @ weight.T + bias)
    return targets - residual / (1 - leverage)[:, None]


def _cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    top = logits.max(axis=1, keepdims=True)
    total = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    return float((total - logits[np.arange(len(labels)), labels]).mean())


def store(fitted: Fit, place: Path = STORED) -> None:
    """Write the fixture: weight and bias in float32."""
    from safetensors.numpy import save

    # Row by row: safetensors writes the memory of an array whatever its strides are.
    parts = {
        name: part.astype(np.float32, order="C")
        for name, part in (("weight", fitted.weight), ("bias", fitted.bias))
    }
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(save(parts))


def main() -> None:
    """Fit the classifier, write it, and say how good it is."""
    if reason := real_model.missing():
        raise SystemExit(reason)
    encoder = real_model.folder()
    fitted = refit(encoder)
    store(fitted)
    scenes = [held_out_scene(number) for number in range(N_HELD_OUT)]
    answers = fitted.logits(features(encoder, scenes)).argmax(axis=1)
    right = (answers == labels_of(scenes)).mean()
    print(f"penalty {fitted.penalty:g}, scale {fitted.scale:g}")
    print(f"right when left out: {fitted.accuracy:.1%} of {N_TRAINING}")
    print(f"right of scenes held out: {right:.1%} of {N_HELD_OUT}")


if __name__ == "__main__":
    main()
