"""What stored numbers mean as light: primaries and transfer curves, as ICC profiles.

Files name them by code points (ITU-T H.273, in PNG's cICP chunk and AVIF's nclx box),
by numbers (PNG's gAMA and cHRM), or by a tag (EXIF). Each becomes a small ICC profile,
so that the colour management that follows embedded profiles follows these too.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Curve = Callable[[NDArray[np.float64]], NDArray[np.float64]]

#: x and y of the white point, red, green and blue (CIE 1931).
Chromaticities = tuple[float, float, float, float, float, float, float, float]

_D65, _C, _DCI = (0.3127, 0.3290), (0.310, 0.316), (0.314, 0.351)
BT_709: Chromaticities = (*_D65, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE_RGB: Chromaticities = (*_D65, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_SMPTE_170M: Chromaticities = (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070)
#: ColourPrimaries of H.273 by number.
_PRIMARIES: dict[int, Chromaticities] = {
    1: BT_709,
    4: (*_C, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: _SMPTE_170M,
    7: _SMPTE_170M,
    8: (*_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (*_DCI, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_D50 = np.array([0.9642, 1.0, 0.8249])
# Diffuse white of HDR pictures in cd/m² (ITU-R BT.2408), and the peak that HLG is for.
_WHITE, _HLG_PEAK = 203.0, 1000.0
_HDR = f"HDR picture ({{}}): light above {_WHITE:.0f} cd/m² is cut off"
_VIDEO = "video's transfer curve taken as sRGB's"


@dataclass(frozen=True)
class Encoding:
    """What the numbers of a picture mean.

    Parameters
    ----------
    name : str
        In words, for the note that colours were converted from it.
    profile : bytes
        The same as an ICC profile for RGB; empty for sRGB itself.
    notes : tuple of str
        What is lost on the way, for the user.
    """

    name: str
    profile: bytes = b""
    notes: tuple[str, ...] = ()


SRGB = Encoding("sRGB")


def by_code_points(
    primaries: int, transfer: int, full_range: bool = True
) -> Encoding | None:
    """Return the encoding of H.273's code points, None where one is not known here.

    Curves of video (BT.709 and its kin) are taken as sRGB's, as browsers do. Of HDR
    (PQ and HLG) what is brighter than the diffuse white of BT.2408 is white.
    """
    if primaries not in _PRIMARIES or transfer not in _CURVES:
        return None
    curve, notes = _CURVES[transfer]
    if (primaries, transfer, full_range) in ((1, 13, True), (1, 1, True)):
        return Encoding("sRGB", b"", notes)
    used: Curve = curve if full_range else lambda v: curve(_from_video_range(v))
    name = f"cICP {primaries}/{transfer}"
    return Encoding(name, profile_of(_PRIMARIES[primaries], used), notes)


def by_numbers(
    gamma: float | None, chromaticities: Chromaticities | None
) -> Encoding | None:
    """Return the encoding of PNG's gAMA and cHRM; None where they make no sense.

    An exponent within 2 % of 1 / 2.2 stands for sRGB's curve: the PNG specification
    tells encoders to write it for sRGB.
    """
    curve: Curve = srgb_to_light
    if gamma is not None and not 0.02 <= gamma <= 50:
        return None
    if gamma is not None and abs(gamma * 2.2 - 1) > 0.02:
        curve = _power(1 / gamma)
    if chromaticities is None or np.allclose(chromaticities, BT_709, atol=0.0011):
        if curve is srgb_to_light:
            return SRGB
        chromaticities = BT_709
    try:
        with np.errstate(all="ignore"):  # what comes of nonsense is no colour
            return Encoding("its gAMA and cHRM", profile_of(chromaticities, curve))
    except (ValueError, np.linalg.LinAlgError):
        return None


def adobe_rgb() -> Encoding:
    """Return Adobe RGB (1998), which cameras name in EXIF alone."""
    return Encoding("Adobe RGB", profile_of(ADOBE_RGB, _power(563 / 256)))


def profile_of(chromaticities: Chromaticities, curve: Curve) -> bytes:
    """Write an ICC profile, version 2, of three primaries and one curve.

    Parameters
    ----------
    chromaticities : tuple of 8 floats
    curve : callable
        From stored numbers to light, both 0 to 1.

    Raises
    ------
    ValueError, numpy.linalg.LinAlgError
        If these chromaticities span no colour space.
    """
    rows = _to_d50(chromaticities).T
    light = np.clip(curve(np.linspace(0, 1, 256)), 0, 1)
    # As many entries as there are 8-bit numbers: exact for each of them.
    table = np.rint(light * 65535).astype(">u2").tobytes()
    shared = b"curv" + bytes(4) + struct.pack(">I", 256) + table
    names = (b"rXYZ", b"gXYZ", b"bXYZ")
    tags = [(b"wtpt", _xyz(_D50))]
    tags += [(n, _xyz(row)) for n, row in zip(names, rows, strict=True)]
    start = 128 + 4 + 12 * 7
    body, index = b"", struct.pack(">I", 7)
    for name, data in tags:
        index += name + struct.pack(">II", start + len(body), len(data))
        body += data
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        index += name + struct.pack(">II", start + len(body), len(shared))
    body += shared
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"", 0x02100000, b"mntr",
                       b"RGB ", b"XYZ ")  # fmt: skip
    head += struct.pack(">6H4s", 2000, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    head += _xyz(_D50)[8:] + bytes(48)
    return head + index + body


def _xyz(values: NDArray[np.float64]) -> bytes:
    """Write a tag of three numbers in steps of 1 / 65536."""
    if not np.all(np.abs(values) < 32767):
        raise ValueError("no colour")
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))


def _to_d50(chromaticities: Chromaticities) -> NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ under D50, adapted by Bradford."""
    xy = np.array(chromaticities, np.float64).reshape(4, 2)
    if xy[0, 1] == 0:
        raise ValueError("no white")
    # Not divided by y: a blue primary may have none.
    columns = np.stack([xy[1:, 0], xy[1:, 1], 1 - xy[1:].sum(1)])
    white = np.array([xy[0, 0], xy[0, 1], 1 - xy[0].sum()]) / xy[0, 1]
    matrix = columns * np.linalg.solve(columns, white)
    gains = (_BRADFORD @ _D50) / (_BRADFORD @ white)
    return np.asarray(np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ matrix)


def srgb_to_light(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the light of sRGB's numbers, both 0 to 1 (IEC 61966-2-1)."""
    toe = values / 12.92
    return np.where(values <= 0.04045, toe, ((values + 0.055) / 1.055) ** 2.4)


def _power(exponent: float) -> Curve:
    return lambda values: np.maximum(values, 0.0) ** exponent


def _from_video_range(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spread 16 to 235 of 255 over 0 to 1."""
    return np.clip((values * 255 - 16) / 219, 0, 1)


def _pq(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """SMPTE ST 2084: light, where 1 is diffuse white."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
    root = values ** (1 / m2)
    light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return light * 10_000 / _WHITE


def _hlg(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """ITU-R BT.2100 HLG on a screen of 1000 cd/m², its gamma on each channel."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(values <= 0.5, values**2 / 3, (np.exp((values - c) / a) + b) / 12)
    return scene**1.2 * _HLG_PEAK / _WHITE


_SRGB_LIKE = (srgb_to_light, (_VIDEO,))
#: TransferCharacteristics of H.273 by number, with what is said of each.
_CURVES: dict[int, tuple[Curve, tuple[str, ...]]] = {
    **dict.fromkeys((1, 6, 14, 15), _SRGB_LIKE),
    4: (_power(2.2), ()),
    5: (_power(2.8), ()),
    8: (_power(1.0), ()),
    13: (srgb_to_light, ()),
    16: (_pq, (_HDR.format("PQ"),)),
    17: (lambda values: _power(2.6)(values) * 52.37 / 48, ()),
    18: (_hlg, (_HDR.format("HLG"),)),
}
