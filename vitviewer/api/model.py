"""A model as a script or a notebook holds it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from vitviewer.api.record import Record
from vitviewer.engine.engine import Engine
from vitviewer.errors import ModelError
from vitviewer.queries import Background, Precision, Resolution
from vitviewer.trust import overall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from vitviewer.answers import ModelFacts
    from vitviewer.models.vision_model import VisionModel
    from vitviewer.pictures.picture import Picture
    from vitviewer.trust import Check, Verdict


class Model:
    """A vision transformer that records what it attends to; see `load_model`."""

    def __init__(self, model: VisionModel) -> None:
        self._model = model

    @property
    def facts(self) -> ModelFacts:
        """What is known of the model: layers, heads, patch size, labels, and so on."""
        return self._model.facts

    @property
    def verdict(self) -> Verdict:
        """Green, amber or red: whether what it records can be trusted."""
        return overall(self.facts.trust)

    @property
    def checks(self) -> tuple[Check, ...]:
        """What was checked when it was loaded, each with its reason."""
        return self.facts.trust

    def record(
        self,
        picture: str | os.PathLike[str] | NDArray[np.generic] | Image.Image | Picture,
        resolution: str | Resolution = Resolution.TRAINED,
        background: str | Background = Background.WHITE,
    ) -> Record:
        """Run the model on a picture once and keep what it attended to.

        Parameters
        ----------
        picture : str, path, Picture, PIL image or (height, width[, 3])
            A file, an http address, a picture that is open, or sRGB pixels: uint8 as
            they are, other depths scaled by the same rules as files.
        resolution : str
            "trained", "double" or "picture"; see `Resolution`.
        background : str
            What is behind a transparent picture: "white", "grey", "black", or
            "ignored" to show its hidden colours as ``convert("RGB")`` does.

        Raises
        ------
        ImageError
            If the picture cannot be opened, or is none.
        ModelError
            If the pass fails.
        ValueError
            If a name is none of those above.
        """
        opened = _opened(picture).over(Background(background))
        engine = Engine.of(self._model)
        return Record(engine, opened, engine.explain(opened, Resolution(resolution)))

    def __repr__(self) -> str:
        known = self.facts
        return (
            f"<Model {known.name!r}: {known.family}, {known.n_layers} layers × "
            f"{known.n_heads} heads, {self.verdict.value}>"
        )


def load_model(
    source: str | os.PathLike[str] | Any,
    device: str = "auto",
    processor: Any = None,
    precision: str | Precision = Precision.PUBLISHED,
) -> Model:
    """Load a model, or borrow one that is in memory.

    Parameters
    ----------
    source : str, path or torch.nn.Module
        A bundled name ("shapes"), a folder that ``save_pretrained`` wrote, a hub id
        that is in the local cache, or a model of transformers. A model in memory is
        borrowed: for the length of a pass it is in evaluation mode, without gradients
        and with our attention function, and then as it was before. Its weights are
        not copied.
    device : str
        "auto" (CUDA, then MPS, then CPU) or a torch device. A borrowed model stays
        where it is.
    processor : image processor, optional
        Of a borrowed model, such as ``AutoImageProcessor.from_pretrained`` returns.
    precision : str
        "published" (the dtype of the weights) or "float32", in which weights of half
        precision do not overflow. A borrowed model runs as it is.

    Raises
    ------
    ModelError
        In one sentence: what is missing, or why it is refused.
    ValueError
        If the precision is none of those above.
    """
    if isinstance(source, str | os.PathLike):
        engine = Engine()
        engine.load(os.fspath(source), device, precision=Precision(precision))
        return Model(engine.need_model())
    if processor is None:
        raise ModelError(
            "A model that is in memory needs its image processor: call "
            "load_model(model, processor=processor)."
        )
    from vitviewer.models.borrowing import borrow

    return Model(borrow(source, processor))


def _opened(picture: Any) -> Picture:
    import numpy as np
    from PIL import Image

    from vitviewer.pictures.opening import open_image
    from vitviewer.pictures.picture import Picture, from_pixels

    if isinstance(picture, Picture):
        return picture
    if isinstance(picture, str | os.PathLike):
        return open_image(picture)
    if isinstance(picture, Image.Image):
        return from_pixels(np.asarray(picture.convert("RGB")), "image")
    return from_pixels(np.asarray(picture), "array")
