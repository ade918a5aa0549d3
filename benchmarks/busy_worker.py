"""A process of `benchmarks.busy`: it does the work that each line on its input names.

Seconds are printed for every line. With the word "ours" the process is prepared as the
program's doors prepare it; without, torch is as it comes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

PASS = "pass"
N_PICTURES = 16
WORKS = (PASS, "export")


def make_place(folder: Path, shape: str) -> Path:
    """Write a model of a shape and sixteen pictures into a folder; return it."""
    from PIL import Image

    from benchmarks.shapes import build

    model, values = build(shape, "sdpa")
    model.save_pretrained(folder / "model")
    side = values.shape[-1]
    processor = {
        "image_processor_type": "ViTImageProcessor",
        "size": {"height": side, "width": side},
    }
    text = json.dumps(processor)
    (folder / "model" / "preprocessor_config.json").write_text(text, encoding="utf-8")
    rng = np.random.default_rng(0)
    (folder / "pictures").mkdir()
    for number in range(N_PICTURES):
        coarse = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((640, 480))
        picture.save(folder / "pictures" / f"{number}.jpg")
    return folder


def main() -> int:
    """Answer lines until there are no more."""
    place, words = Path(sys.argv[1]), sys.argv[2:]
    if "ours" in words:
        from vitviewer.system.process import prepare

        prepare()
    works = _works(place)
    for line in sys.stdin:
        start = perf_counter()
        works[line.strip()]()
        print(perf_counter() - start, flush=True)
    return 0


def _works(place: Path) -> dict[str, Callable[[], object]]:
    from vitviewer.engine.engine import Engine
    from vitviewer.pictures.opening import open_image

    engine = Engine()
    engine.load(place / "model", "cpu")
    picture = open_image(str(place / "pictures" / "0.jpg"))
    return {PASS: lambda: engine.explain(picture), "export": lambda: _export(place)}


def _export(place: Path) -> None:
    """Export all pictures, the loading of the model included."""
    import io

    from vitviewer.cli.choice import Choice
    from vitviewer.cli.console import Console
    from vitviewer.cli.export import Batch, export

    batch = Batch(
        sources=[str(place / "pictures")],
        model=str(place / "model"),
        device="cpu",
        choice=Choice(),
        out=place / "out",
    )
    silent = io.StringIO()
    if export(batch, Console(silent, silent)):
        raise RuntimeError(silent.getvalue())


if __name__ == "__main__":
    raise SystemExit(main())
