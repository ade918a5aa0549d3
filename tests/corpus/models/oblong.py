"""Grids that are not square, and processors of another size than the config's."""

from __future__ import annotations

from typing import Any

from tests.corpus.models.case import Case, config, processor

_AMBER = {"Preparation": "amber"}
_POSITIONS = {"Positions": "amber"}


def _size(name: str, checks: dict[str, str], base: str = "vit", **keys: Any) -> Case:
    return Case(name, processor(**keys), checks=checks, base=base)


CASES = [
    Case("2 × 8 patches", config(), base="oblong"),
    Case("2 × 8 patches of DINOv2", config(), checks=_POSITIONS, base="oblong dinov2"),
    Case(
        "2 × 8 patches and a square processor",
        processor(size={"height": 64, "width": 64}),
        "takes 128 × 32 only",
        base="oblong",
    ),
    Case(
        "2 × 8 patches, turned",
        processor(size={"height": 128, "width": 32}),
        "takes 128 × 32 only",
        base="oblong",
    ),
    Case(
        "2 × 8 patches of DINOv2 and a square processor",
        processor(size={"height": 64, "width": 64}),
        "takes 128 × 32 only",
        base="oblong dinov2",
    ),
    _size("a larger processor", _AMBER, size={"height": 48, "width": 48}),
    _size("a smaller processor", _AMBER, size={"height": 24, "width": 24}),
    _size("a processor of one number", _AMBER, size=48),
    _size("a processor of two numbers", _AMBER, size=[48, 48]),
    _size("an oblong processor", _AMBER, size={"height": 16, "width": 64}),
    _size("a larger crop", _AMBER, base="clip", crop_size={"height": 40, "width": 40}),
    _size(
        "the shorter side alone",
        _AMBER,
        base="clip",
        size={"shortest_edge": 48},
        do_center_crop=False,
    ),
    _size(
        "DINOv2 at another size", {}, "dinov2", crop_size={"height": 24, "width": 24}
    ),
]
