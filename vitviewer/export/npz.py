"""Maps as data: one NPZ file that NumPy opens without pickle, the same every time."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from vitviewer.system.files import write_bytes

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from vitviewer.answers import Explanation
    from vitviewer.maps.stack import MapStack
    from vitviewer.tokens import Pane

_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def write_npz(
    path: str | PathLike[str],
    explanation: Explanation,
    stack: MapStack,
    extra: dict[str, Any] | None = None,
) -> None:
    """Write maps with all that is needed to lay them on the picture.

    The file holds ``maps`` (float32, layers × heads × rows × cols, always four axes),
    ``prefix`` (float32, layers × heads × special tokens), ``affine`` (float64, 2×3:
    patch column and row to picture x and y, pixels), ``seen`` (float64: x0, y0, x1,
    y1 in the same pixels), ``logits`` (float32) and ``labels`` (text), both empty for
    a model without a classifier, ``unit`` (text: what a value of ``maps`` and
    ``prefix`` is measured in) and ``provenance`` (text: a JSON object). Where the
    input has several panes, the further ones stand in ``maps NAME``, ``affine NAME``
    and ``seen NAME``. Where a token stands for several cells, each has its whole value,
    and ``once`` (bool, rows × cols; ``once NAME``) marks one cell of each token.

    Of a method that explains a number there are ``target`` (text: a JSON object with
    ``index`` and ``label`` of the class, and ``minus`` and ``minus_label`` of the one
    whose number is taken away, or null; indices lead into ``logits`` and ``labels``),
    ``target_value`` (float64: the number), and, where not all of it belongs to a token,
    ``parts`` (text: a JSON object of numbers, see `vitviewer.maps.stack.parts_of`). Of
    what adds up (the logit budget), ``maps.sum() + sum(parts.values())`` is
    ``target_value`` but for rounding, with ``maps[..., once]`` where there is ``once``,
    and ``maps[-1]`` where layers are accumulated.

    Parameters
    ----------
    path : str or path
        The file to write, with its suffix.
    explanation : Explanation
        What the model told of the picture.
    stack : MapStack
        The chosen maps.
    extra : dict, optional
        More entries for the provenance, as plain JSON values.

    Raises
    ------
    ExportError
        If the file could not be written; an older one is untouched.
    """
    write_bytes(path, npz_bytes(arrays_of(explanation, stack, extra or {})))


def arrays_of(
    explanation: Explanation, stack: MapStack, extra: dict[str, Any]
) -> dict[str, NDArray[Any]]:
    """Return the arrays of the file by name."""
    provenance = {**explanation.provenance, **extra, "export": stack.description}
    logits, labels = explanation.logits, explanation.model.labels
    return {
        **_maps(explanation, stack),
        "logits": np.zeros(0, np.float32) if logits is None else logits,
        "labels": np.array(labels or (), dtype=np.str_),
        "provenance": np.array(json.dumps(provenance, sort_keys=True)),
        "unit": np.array(stack.unit),
        **_explained(stack),
    }


def _maps(explanation: Explanation, stack: MapStack) -> dict[str, NDArray[Any]]:
    """Return each pane's maps and where they lie; the first has the plain names."""
    arrays: dict[str, NDArray[Any]] = {"maps": stack.maps[0], "prefix": stack.special}
    for number, pane in enumerate(explanation.panes):
        suffix = f" {pane.name}" if number else ""
        geometry = pane.geometry or explanation.geometry
        arrays[f"maps{suffix}"] = stack.maps[number]
        arrays[f"affine{suffix}"] = geometry.affine.astype(np.float64)
        arrays[f"seen{suffix}"] = np.array(geometry.seen, dtype=np.float64)
        once = _once(pane)
        if not once.all():
            arrays[f"once{suffix}"] = once
    return arrays


def _once(pane: Pane) -> NDArray[np.bool_]:
    """Mark the first cell of each token, bool (rows, cols)."""
    once = np.zeros(pane.index.size, np.bool_)
    once[np.unique(pane.index, return_index=True)[1]] = True
    return once.reshape(pane.index.shape)


def _explained(stack: MapStack) -> dict[str, NDArray[Any]]:
    """Return which number is explained, and its parts, as far as there are such."""
    arrays: dict[str, NDArray[Any]] = {}
    if stack.target is not None:
        arrays["target"] = np.array(json.dumps(stack.target))
    if stack.target_value is not None:
        arrays["target_value"] = np.array(stack.target_value, dtype=np.float64)
    if stack.parts:
        arrays["parts"] = np.array(json.dumps(stack.parts))
    return arrays


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Pack arrays into an NPZ file; the same arrays give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(entry, content.getbuffer())
    return packed.getvalue()
