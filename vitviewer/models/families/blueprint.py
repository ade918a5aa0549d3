"""What to build for a config: which class, of which family; or why it does not open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vitviewer.errors import ModelError
from vitviewer.models.checkpoint.config import TIMM
from vitviewer.models.families import timm as timm_config
from vitviewer.models.families.composites import (
    DECODER,
    Composite,
    composite_of,
    tower_of,
)
from vitviewer.models.families.family import Config, Family, Readout
from vitviewer.models.families.refusals import INSTEAD, REASONS
from vitviewer.models.families.table import FAMILIES
from vitviewer.queries import Query, QueryKind
from vitviewer.text import quoted


@dataclass(frozen=True)
class Blueprint:
    """What to load from a checkpoint.

    Parameters
    ----------
    title : str
        What to call the whole.
    family : Family
        The encoder's.
    architecture : str
        The class to load.
    config, encoder : dict
        What the class is built from, and the encoder's own part of it.
    whole : Composite, optional
        The larger model that the encoder is taken out of.
    classifies : bool
        Whether a classifier reads the pooling head.
    """

    title: str
    family: Family
    architecture: str
    config: Config
    encoder: Config
    whole: Composite | None = None
    classifies: bool = False

    @property
    def readout(self) -> Readout:
        """What the model's own answer is read from."""
        if self.whole is not None and self.whole.reader:
            reads = f"{self.whole.reader} reads {self.whole.read}"
            return Readout(Query(QueryKind.MEAN), reads)
        return self.family.readout(self.architecture, self.encoder)

    @property
    def sizes_vary(self) -> bool:
        """Whether published processors make other sizes than their config's image_size.

        Those of decoders to pixels do.
        """
        decodes = self.whole is not None and self.whole.reader == DECODER
        return decodes or self.family.sizes_vary

    @property
    def renames(self) -> dict[str, str]:
        """Regular expressions of the checkpoint's names, and what replaces them."""
        if self.whole is None:
            return {}
        prefix = self.whole.prefix
        stripped = {f"^{prefix}(.+)": r"\1"} if prefix else {}
        return {**stripped, **self.whole.renames}

    @property
    def is_classifier(self) -> bool:
        """Whether the class has a classifier."""
        return self.architecture in self.family.classifiers

    @property
    def has_labels(self) -> bool:
        """Whether the class puts out a score for each label."""
        return self.is_classifier or self.classifies

    @property
    def options(self) -> dict[str, Any]:
        """Arguments of the class."""
        return {} if self.is_classifier else self.family.options


def blueprint_of(config: Config) -> Blueprint:
    """Say what to load for a checked config.

    Raises
    ------
    ModelError
        In one sentence, why a model of this type cannot be shown.
    """
    model_type = str(config["model_type"])
    if model_type == TIMM:
        return _of_timm(config)
    whole = composite_of(config)
    if whole is None:
        family = _family(model_type)
        architecture = family.architecture(config)
        return Blueprint(family.title, family, architecture, config, config)
    return _tower(config, whole)


def _of_timm(config: Config) -> Blueprint:
    """Say what is known before timm is asked, which takes long."""
    named = "architecture" in config  # the hub tells the model_type alone
    architecture = timm_config.architecture_of(config) if named else ""
    title = f"timm {architecture}".strip()
    family = Family(title, architecture, timm_config.usual_processor)
    return Blueprint(title, family, architecture, config, config)


def _tower(config: Config, whole: Composite) -> Blueprint:
    encoder = tower_of(config, whole)
    tower = str(encoder.get("model_type") or whole.tower)
    try:
        family = _family(tower)
    except ModelError as error:
        if tower not in REASONS:
            raise
        raise ModelError(
            f"The encoder of this {whole.title} model, of type {quoted(tower)}, "
            f"{REASONS[tower]}: {INSTEAD}"
        ) from error
    architecture = family.architecture(config)
    if architecture in family.classifiers:
        return Blueprint(whole.title, family, architecture, config, encoder)
    same = family.title == whole.title
    title = whole.title if same else f"{whole.title} ({family.title} encoder)"
    return Blueprint(title, family, family.backbone, encoder, encoder, whole)


def _family(model_type: str) -> Family:
    if model_type in FAMILIES:
        return FAMILIES[model_type]
    name = quoted(model_type)
    if model_type in REASONS:
        raise ModelError(f"A model of type {name} {REASONS[model_type]}: {INSTEAD}")
    raise ModelError(f"Models of type {name} are not known to this program: {INSTEAD}")


def blueprint_of_type(model_type: str) -> Blueprint:
    """Say what a ``model_type`` alone tells; errors as for `blueprint_of`."""
    return blueprint_of({"model_type": model_type})
