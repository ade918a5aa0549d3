"""All layers and heads of an answer as one picture, or as data."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from vitviewer.answers import Heads, Layers
from vitviewer.errors import ExportError
from vitviewer.export.npz import arrays_of, npz_bytes
from vitviewer.export.passes import tell_nobody
from vitviewer.export.png import write_png
from vitviewer.export.typeface import Typeface, shortcomings
from vitviewer.maps.mosaic import Plan, Room, Tiling, plan_wall
from vitviewer.maps.stack import MapStack, stack_maps
from vitviewer.maps.state import Interpolation
from vitviewer.maps.tiles import TileScale, as_rgb, compose_tiles, prefix_shares
from vitviewer.queries import Fusion
from vitviewer.system.files import write_bytes

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from vitviewer.export.passes import Tell
    from vitviewer.maps.resolve import Resolved
    from vitviewer.pictures.picture import Picture

_PAPER, _INK, _QUIET = 0x242424, (236, 236, 236), (171, 171, 171)
_EM, _LINE = 26, 1.5
# In pixels of a fine screen, two device pixels each.
_RATIO = 2.0
_BLOCKS, _TABLE = (1200.0, 675.0), (1200.0, 1200.0)
_SIDES, _ABOVE, _BESIDE = 16.0, 20.0, 24.0


@dataclass(frozen=True)
class WallShot:
    """What is shown of a picture, in all layers and heads.

    Parameters
    ----------
    picture : Picture
    shown : Resolved
        Its answer is what is written; its colours and interpolation are taken over.
    scale : TileScale
        Whether each tile spans its own values, or all the same ones.
    table : bool
        Whether layers run down and heads across; otherwise a layer is a block.
    """

    picture: Picture
    shown: Resolved
    scale: TileScale = TileScale.TILE
    table: bool = False

    @property
    def stack(self) -> MapStack:
        """The maps of all layers and heads, and what they are."""
        explanation, answer = self.shown.explanation, self.shown.answer
        return stack_maps(explanation, answer, None, None, Fusion.HEAD)

    @property
    def shares(self) -> NDArray[np.float32] | None:
        """Parts of the attention that go to prefix tokens, float32 (layers, heads)."""
        return prefix_shares(self.shown.answer, self.shown.explanation.tokens)

    @property
    def title(self) -> str:
        """What is shown: "attention from the class token, 12 layers × 12 heads"."""
        parts = self.shown.sentence.parts
        words = [part.choice for part in parts if part.name == "method"]
        words += [part.full_text for part in parts if part.name in ("query", "target")]
        layers, heads = self.shown.answer.values.shape[:2]
        extent = []
        if self.shown.answer.layers is not Layers.NONE:
            extent.append(f"{layers} layers")
        if self.shown.answer.heads is Heads.APART:
            extent.append(f"{heads} heads")
        return ", ".join([" ".join(words), " × ".join(extent)] if extent else words)

    def write(self, path: str | PathLike[str], tell: Tell = tell_nobody) -> None:
        """Write a picture or data, as the file's suffix says: .png or .npz.

        Raises
        ------
        ExportError
            If the suffix is another one, or if the file could not be written.
        """
        kind = Path(path).suffix.lower()
        if kind not in (".png", ".npz"):
            raise ExportError(f"A wall is written as .png or .npz, not as {kind!r}.")
        tell(0, 1)
        if kind == ".png":
            write_png(path, self.pixels(), self.provenance())
        else:
            write_bytes(path, npz_bytes(self.arrays()))
        tell(1, 1)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return what `write_npz` writes of all layers and heads, and more.

        ``prefix share`` (float32, layers × heads) is what the lower edges of the tiles
        tell; it is left out where values are no parts of one row.
        """
        notes = {"notes": list(self.picture.notes)}
        arrays = arrays_of(self.shown.explanation, self.stack, notes)
        shares = self.shares
        return arrays if shares is None else {**arrays, "prefix share": shares}

    def provenance(self) -> dict[str, Any]:
        """Return what is needed to make this picture again."""
        return {
            **self.shown.explanation.provenance,
            "map": self.title,
            "view": self.shown.choices,
            "wall": {"scale": self.scale.value, "table": self.table},
            "export": self.stack.description,
        }

    def pixels(self) -> NDArray[np.uint8]:
        """Compose title, tiles with their layers' names, and caption, uint8 (h, w, 3).

        Raises
        ------
        ExportError
            If there are too many tiles for a picture.
        """
        tiles, plan = self._tiles()
        title, caption = self.title, self._caption()
        lines = [title[:1].upper() + title[1:], *caption, *shortcomings([title])]
        line, margin = round(_LINE * _EM), round(_SIDES * _RATIO)
        body = margin + line
        foot = body + tiles.shape[0] + margin // 2
        font = Typeface(_EM)
        widest = max(font.getlength(text) for text in lines)
        width = max(tiles.shape[1], round(widest) + 2 * margin)
        height = foot + (len(lines) - 1) * line + margin // 2
        page = Image.new("RGB", (width, height), _rgb(_PAPER))
        page.paste(Image.fromarray(tiles), (0, body))
        pen = ImageDraw.Draw(page)
        font.draw(pen, (margin, margin // 2), lines[0], _INK)
        for number, text in enumerate(lines[1:]):
            font.draw(pen, (margin, foot + number * line), text, _QUIET)
        self._write_layers(pen, plan, body)
        return np.asarray(page)

    def _tiles(self) -> tuple[NDArray[np.uint8], Plan]:
        """Compose the tiles, cut to what they cover."""
        shown, maps = self.shown, self.stack.maps[0]
        layers, heads, rows, cols = maps.shape
        size = _TABLE if self.table else _BLOCKS
        room = Room(*size, _RATIO, _ABOVE, _BESIDE, _SIDES, 2.0)
        plan = plan_wall(Tiling(layers, heads, rows, cols), room, self.table)
        if plan is None:
            raise ExportError("There are too many tiles for a picture: write data.")
        style = shown.style
        smooth = style.interpolation is not Interpolation.NEAREST
        image = compose_tiles(
            plan,
            maps,
            self.shares,
            style.colormap,
            shown.answer.signed,
            self.scale,
            smooth,
            _PAPER,
        )
        right = plan.lefts[-1] + plan.tile[0] + round(_SIDES * _RATIO)
        bottom = plan.tops[-1] + plan.tile[1] + plan.edge
        return as_rgb(image)[:bottom, :right], plan

    def _write_layers(self, pen: ImageDraw.ImageDraw, plan: Plan, top: int) -> None:
        """Number the layers over their blocks, or beside their rows."""
        if self.shown.answer.layers is Layers.NONE:
            return
        font = Typeface(min(_EM - 4, max(plan.tile[1], 8)) if self.table else _EM - 4)
        for layer in range(plan.tiling.layers):
            x, y, _, height = plan.rect_of(layer, 0)
            text = str(layer + 1)
            if self.table:
                left = x - round(font.getlength(text)) - 8
                font.draw(pen, (left, top + y + (height - font.size) / 2), text, _QUIET)
            else:
                whole = f"Layer {text}"  # the first says what the numbers are
                has_room = font.getlength(whole) < _pitch(plan) - 8
                text = whole if layer == 0 and has_room else text
                font.draw(pen, (x, top + y - 1.3 * font.size), text, _QUIET)

    def _caption(self) -> list[str]:
        model = self.shown.explanation.model
        own = self.scale is TileScale.TILE
        spans = "each tile spans its own values" if own else "all tiles share one scale"
        edges = (
            "; lower edges: share to prefix tokens" if self.shares is not None else ""
        )
        return [f"{self.picture.name} · {model.name} ({model.dtype})", spans + edges]


def _rgb(color: int) -> tuple[int, int, int]:
    return color >> 16 & 255, color >> 8 & 255, color & 255


def _pitch(plan: Plan) -> float:
    """Return how far apart two blocks beside each other begin."""
    if plan.blocks == 1 or plan.tiling.layers == 1:
        return inf
    return plan.rect_of(1, 0)[0] - plan.rect_of(0, 0)[0]
