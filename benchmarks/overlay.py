"""What an overlay leaves of the photograph, and how well the map is seen in it.

Maps of the real encoder that the tests use, on photographs, painted by the program's
own `compose`. Averages over all maps, v being where a value stands in its map's range:

kept
    Local contrast of the photograph's lightness where the map is low (v < 0.25), as a
    part of the bare photograph's. Lightness is CIE L*, contrast its standard deviation
    in windows of 9 pixels, within patches.
dL*
    Mean change of lightness there.
tint
    Mean CIEDE2000 there, from what is under the map: the picture, or the picture muted.
hot
    CIEDE2000 where v > 0.75, lowest quarter: the map must be seen.
order
    Spearman's rank correlation of v and CIEDE2000: does more look like more?
ms
    The time of painting one map.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter
from scipy.stats import spearmanr
from skimage import color, data, transform

import vitviewer as vv
from tests.real import model as real_model
from vitviewer.geometry import Geometry
from vitviewer.maps.compose import compose
from vitviewer.maps.presets import PRESETS
from vitviewer.maps.state import Alpha, Interpolation, Photograph
from vitviewer.maps.style import OverlayStyle
from vitviewer.pictures.grey import muted

PHOTOS = ("chelsea", "coffee", "astronaut", "rocket")
SHORT = 256
SHOWN = ((11, None), (7, None), (3, 0), (6, 2), (9, 4), (11, 1))
"""Layer and head of each map; no head is the mean."""
LOW, HOT = 0.25, 0.75
Scores = tuple[float, float, float, float, float, float]


def styles() -> dict[str, OverlayStyle]:
    """Return what is compared, by name."""
    base = OverlayStyle("bids:inferno", 0.6, Interpolation.SMOOTH, 0.0, 1.0)
    of = {name: from_preset(name) for name in PRESETS}
    as_is, even = Photograph.AS_IS, Alpha.LINEAR
    return {
        "before: inferno, uniform 0.6": base,
        "before: inferno, 0.6 v": replace(base, alpha=Alpha.LINEAR),
        "notebook: magma, uniform 0.7": of["notebook"],
        "ember (default)": of["ember"],
        "ember, linear alpha": replace(of["ember"], alpha=even),
        "ember, picture as it is": replace(of["ember"], photograph=as_is),
        "inferno from black, rising": replace(of["ember"], colormap="bids:inferno"),
        "viridis (colour-blind first)": of["viridis"],
        "cividis, rising": replace(of["ember"], colormap="cividis"),
        "turbo, rising": replace(of["ember"], colormap="google:turbo"),
    }


def from_preset(name: str) -> OverlayStyle:
    """Return a preset's style, smooth, for values from 0 to 1."""
    preset = PRESETS[name]
    rest = (preset.alpha, preset.photograph)
    smooth = Interpolation.SMOOTH
    return OverlayStyle(preset.colormap, preset.opacity, smooth, 0.0, 1.0, *rest)


def main(_argv: Sequence[str] = ()) -> None:
    """Print one line for each style."""
    if reason := real_model.missing():
        print(reason)
        return
    rows: dict[str, list[Scores]] = {name: [] for name in styles()}
    for photo, values in maps():
        for name, style in styles().items():
            rows[name].append(score(photo, values, style))
    count = len(next(iter(rows.values())))
    print(f"  {count} maps{'':22} kept    dL*   tint    hot  order     ms")
    for name, scores in rows.items():
        kept, lightness, tint, hot, order, ms = np.mean(scores, axis=0)
        numbers = f"{kept:5.0%} {lightness:6.1f} {tint:6.1f} {hot:6.1f} {order:6.2f}"
        print(f"  {name:29} {numbers} {ms:6.1f}", flush=True)


def maps() -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    """Yield photographs, each with a map from 0 to 1."""
    model = vv.load_model(real_model.folder(), "cpu")
    for name in PHOTOS:
        photo = np.ascontiguousarray(getattr(data, name)()[..., :3])
        record = model.record(photo)
        x0, y0, x1, y1 = (round(edge) for edge in record.geometry.seen)
        seen = photo[y0:y1, x0:x1]
        small = transform.resize(seen, (SHORT, SHORT), anti_aliasing=True)
        attention = record.tokens.grid(record.rows())
        for values in chosen(attention):
            yield np.rint(small * 255).astype(np.uint8), values


def chosen(attention: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield the compared maps of (layers, heads, rows, cols)."""
    for layer, head in SHOWN:
        values = attention[layer].mean(0) if head is None else attention[layer, head]
        yield (values - values.min()) / (values.max() - values.min())


def score(
    photo: NDArray[np.uint8], values: NDArray[np.float32], style: OverlayStyle
) -> Scores:
    """Measure one style on one map."""
    grid = (values.shape[1] * 14, values.shape[0] * 14)
    geometry = Geometry((SHORT, SHORT), grid, (0, 0), grid, (14, 14))
    start = time.perf_counter()
    painted = compose(photo, values, geometry, style)
    ms = (time.perf_counter() - start) * 1e3
    under = muted(photo) if style.photograph is Photograph.MUTED else photo
    v = np.clip(transform.resize(values, (SHORT, SHORT), order=1, mode="edge"), 0, 1)
    low, hot = v < LOW, v > HOT
    bare, lab = color.rgb2lab(photo)[..., 0], color.rgb2lab(painted)
    base = contrast(bare)
    solid = low & (base > 1.0)
    away = color.deltaE_ciede2000(color.rgb2lab(under), lab)
    return (
        float((contrast(lab[..., 0])[solid] / base[solid]).mean()),
        float((lab[..., 0] - bare)[low].mean()),
        float(away[low].mean()),
        float(np.percentile(away[hot], 25)),
        float(spearmanr(v[::4, ::4].ravel(), away[::4, ::4].ravel())[0]),
        ms,
    )


def contrast(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard deviation in windows of 9 × 9 pixels."""
    mean = uniform_filter(lightness, 9)
    square = uniform_filter(lightness * lightness, 9) - mean * mean
    result: NDArray[np.float64] = np.sqrt(np.maximum(square, 0.0))
    return result
