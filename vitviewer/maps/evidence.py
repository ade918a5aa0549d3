"""What an answer is the sum of, in rows that a reader can add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vitviewer.maps import words
from vitviewer.maps.naming import target_name
from vitviewer.maps.words import filled, untranslated

if TYPE_CHECKING:
    from vitviewer.answers import Answer, Explanation
    from vitviewer.maps.words import Translate


@dataclass(frozen=True)
class Evidence:
    """Rows that sum to what was explained.

    Parameters
    ----------
    rows : tuple of (str, float)
        What wrote into the answer, and how much.
    name : str
        What they sum to: "Logit of heart".
    total : float
        What the model put out.
    """

    rows: tuple[tuple[str, float], ...]
    name: str
    total: float

    @property
    def error(self) -> float:
        """How far the rows' sum is from the total."""
        return abs(sum(value for _, value in self.rows) - self.total)


def evidence(
    explanation: Explanation, answer: Answer, translate: Translate = untranslated
) -> Evidence | None:
    """Return what an answer's values and parts add up to; None where they do not."""
    if not answer.parts or answer.target_value is None or answer.explained is None:
        return None
    tokens, model = explanation.tokens, explanation.model
    per_token = answer.values.sum(axis=(0, 1), dtype=np.float64)
    rows = [(words.FROM_PATCHES, float(per_token[tokens.patches].sum()))]
    if tokens.special:
        special = per_token[tokens.special_positions]
        rows.append((words.FROM_PREFIX, float(special.sum())))
    rows += [(words.PARTS.get(n, n), value) for n, value in answer.parts.items()]
    name = target_name(answer.explained, model, translate).short
    template = words.OUTPUT_OF if model.regression else words.LOGIT_OF
    return Evidence(
        tuple((translate(name, "evidence"), value) for name, value in rows),
        filled(translate(template, "evidence"), name),
        answer.target_value,
    )


def quantity(
    explanation: Explanation, answer: Answer, translate: Translate = untranslated
) -> str:
    """Name what values of an answer are: "Evidence for heart, logits"."""
    if answer.explained is None:
        return answer.unit
    name = target_name(answer.explained, explanation.model, translate).short
    template = words.EVIDENCE_FOR if answer.unit == "logit" else words.UNIT_FOR
    return filled(translate(template, "evidence"), name, answer.unit)
