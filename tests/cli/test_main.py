"""The command line, end to end: photographs and a tiny model in, files out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage
from numpy.typing import NDArray
from PIL import Image

from tests.model_factory import make_model
from tests.picture_factory import encoded, noise, oriented
from vitviewer.cli.main import main
from vitviewer.engine.engine import Engine
from vitviewer.pictures.opening import open_image
from vitviewer.queries import Fusion, Precision, Query, QueryKind, Request
from vitviewer.version import __version__

ROOT = Path(__file__).parents[2]
PHOTOGRAPHS = Path(skimage.__file__).parent / "data"
CAT = PHOTOGRAPHS / "chelsea.png"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny ViT: 3 layers, 4 heads, 4 × 4 patches, a class token."""
    return make_model(tmp_path_factory.mktemp("vit"), "vit")


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny DINOv2 that crops and has three registers."""
    return make_model(tmp_path_factory.mktemp("dinov2"), "dinov2-registers")


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "vitviewer", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )


def export(model: Path, out: Path, *words: str | Path) -> int:
    """Export within this process."""
    start = ["export", "--model", str(model), "--out", str(out), "--device", "cpu"]
    return main([*start, *map(str, words)])


def load(path: Path) -> dict[str, NDArray[Any]]:
    """Read an exported NPZ."""
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def loaded(folder: Path) -> Engine:
    """Return an engine with a model."""
    engine = Engine()
    engine.load(folder, "cpu")
    return engine


def test_maps_are_the_engine_s(registers: Path, tmp_path: Path) -> None:
    words = ("--format", "npz", "--layer", "all", "--head", "all")
    assert export(registers, tmp_path, CAT, *words) == 0
    arrays = load(tmp_path / "chelsea.npz")
    told = loaded(registers).explain(open_image(CAT))
    tokens = told.tokens
    np.testing.assert_array_equal(arrays["maps"], tokens.grid(told.rows.values))
    special = tokens.special_values(told.rows.values)
    np.testing.assert_array_equal(arrays["prefix"], special)
    assert arrays["prefix"].shape[-1] == 4
    total = arrays["maps"].sum(axis=(2, 3)) + arrays["prefix"].sum(axis=2)
    np.testing.assert_allclose(total, 1, atol=1e-5)
    np.testing.assert_array_equal(arrays["affine"], told.geometry.affine)
    np.testing.assert_array_equal(arrays["logits"], told.logits)
    assert arrays["labels"].tolist() == [f"thing {n}" for n in range(5)]
    provenance = json.loads(str(arrays["provenance"]))
    assert provenance["picture_sha256"] == open_image(CAT).digest
    assert provenance["export"]["special_tokens"][0] == "class"


def test_affine_leads_from_patches_to_upright_pixels(
    registers: Path, tmp_path: Path
) -> None:
    source = tmp_path / "turned.png"
    source.write_bytes(oriented(noise(90, 60), 6, "PNG"))  # 90 × 60 once upright
    assert export(registers, tmp_path, source, "--format", "npz") == 0
    arrays = load(tmp_path / "turned.npz")
    # Shortest edge 60 -> 36, then the middle 32 × 32 of 54 × 36: 4 patches of 8.
    scale = 60 / 36
    left, top = (54 - 32) // 2 * scale, (36 - 32) // 2 * scale
    expected = [[8 * scale, 0, left], [0, 8 * scale, top]]
    np.testing.assert_allclose(arrays["affine"], expected)
    side = 32 * scale
    np.testing.assert_allclose(arrays["seen"], [left, top, left + side, top + side])


@pytest.mark.parametrize(
    ("words", "fusion", "layer"),
    [
        ((), Fusion.MEAN, -1),
        (("--head", "max", "--layer", "1"), Fusion.MAX, 0),
        (("--head", "median", "--layer", "2"), Fusion.MEDIAN, 1),
    ],
)
def test_fused_heads(
    model: Path, tmp_path: Path, words: tuple[str, ...], fusion: Fusion, layer: int
) -> None:
    assert export(model, tmp_path, CAT, "--format", "npz", *words) == 0
    maps = load(tmp_path / "chelsea.npz")["maps"]
    told = loaded(model).explain(open_image(CAT))
    reduce: Any = getattr(np, fusion.value)
    expected = reduce(told.rows.values[layer], axis=0)
    np.testing.assert_allclose(maps[0, 0].ravel(), expected[1:], rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "query"),
    [("cls", Query()), ("mean", Query(QueryKind.MEAN)), ("3,1", Query.patch(3, 1))],
)
def test_queries_and_rollout(
    model: Path, tmp_path: Path, text: str, query: Query
) -> None:
    words = ("--format", "npz", "--query", text, "--layer", "all")
    assert export(model, tmp_path, CAT, *words, "--head", "2") == 0
    maps = load(tmp_path / "chelsea.npz")["maps"]
    assert export(model, tmp_path, CAT, *words, "--method", "rollout") == 0
    rolled = load(tmp_path / "chelsea.npz")["maps"]
    engine = loaded(model)
    engine.explain(open_image(CAT))
    rows = engine.answer(Request(query=query)).values[:, 1:2, 1:]
    np.testing.assert_array_equal(maps.reshape(3, 1, 16), rows)
    rollout = engine.answer(Request("rollout", query)).values
    np.testing.assert_array_equal(rolled.reshape(3, 16), rollout[:, 0, 1:])


def test_png_has_the_picture_s_own_size(model: Path, tmp_path: Path) -> None:
    assert export(model, tmp_path, CAT, "--opacity", "1", "--layer", "2") == 0
    picture = open_image(CAT)
    with Image.open(tmp_path / "chelsea.png") as overlay:
        assert overlay.size == picture.size
        assert (np.asarray(overlay.convert("RGB")) != picture.pixels).mean() > 0.5
    assert export(model, tmp_path, CAT, "--preset", "notebook", "--opacity", "0") == 0
    with Image.open(tmp_path / "chelsea.png") as overlay:
        np.testing.assert_array_equal(overlay.convert("RGB"), picture.pixels)
    assert export(model, tmp_path / "both", CAT, "--side-by-side") == 0
    with Image.open(tmp_path / "both" / "chelsea.png") as figure:
        assert figure.width > 2 * picture.size[0]


def test_same_stems_do_not_overwrite_one_another(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed, name in enumerate(("a/x.png", "b/x.png", "b/x-2.bmp")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(noise(20, 20, seed=seed), path.suffix[1:]))
    out = tmp_path / "out"
    folders = (tmp_path / "a", tmp_path / "b", tmp_path / "a" / "x.png")
    assert export(model, out, *folders, "--format", "npz") == 0
    assert sorted(os.listdir(out)) == ["x-2.npz", "x-3.npz", "x.npz"]
    said = capsys.readouterr().out
    assert said.count("goes to x-3.npz: x.npz is taken by another picture") == 1
    digests = {
        json.loads(str(load(path)["provenance"]))["picture_sha256"]
        for path in out.iterdir()
    }
    assert len(digests) == 3


def test_a_source_picture_is_never_replaced(model: Path, tmp_path: Path) -> None:
    source = tmp_path / "x.png"
    source.write_bytes(encoded(noise(20, 20)))
    before = source.read_bytes()
    assert export(model, tmp_path, source) == 0
    assert source.read_bytes() == before
    assert (tmp_path / "x-2.png").exists()


def test_failures_have_one_line_each_and_stop_no_other(
    model: Path, tmp_path: Path
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    jpeg = (PHOTOGRAPHS / "rocket.jpg").read_bytes()
    bad = {
        "text.png": b"text",
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "cut.tif": encoded(noise(99, 99), "TIFF", compression="tiff_lzw")[:9000],
        "empty.gif": b"",
        "two\nlines.png": b"no",
    }
    for name, data in bad.items():
        (pictures / name).write_bytes(data)
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "nothing").mkdir()
    others = [tmp_path / "fifo.png", tmp_path / "gone.png", tmp_path / "nothing"]
    words = ("--model", model, "--out", tmp_path, "--format", "npz")
    done = run("export", pictures, *others, CAT, *words)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == len(bad) + len(others)
    assert all(line.startswith("vitviewer: ") for line in lines)
    for name in ("text.png", "cut.jpg", "cut.tif", "empty.gif", "lines.png", "fifo"):
        assert sum(name in line for line in lines) == 1
    assert done.stdout.splitlines() == [str(tmp_path / "chelsea.npz")]
    assert load(tmp_path / "chelsea.npz")["maps"].shape == (1, 1, 4, 4)


def test_a_folder_of_no_model_fails_in_one_line(tmp_path: Path) -> None:
    done = run("export", CAT, "--model", tmp_path, "--out", tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert main(["inspect", str(tmp_path)]) == 1


def test_an_out_that_cannot_be_a_folder(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert export(model, tmp_path / "file", CAT) == 1
    assert "choose another with --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--layer", "0"), "not a layer"),
        (("--layer", "all"), "a PNG shows one map"),
        (("--head", "all"), "a PNG shows one map"),
        (("--head", "some"), "not a head"),
        (("--query", "1"), "not cls, mean, pool or R,C"),
        (("--query", "-1,2"), "expected one argument"),
        (("--method", "magic"), "invalid choice"),
        (("--format", "gif"), "invalid choice"),
        (("--opacity", "2"), "not a number from 0 to 1"),
        (("--opacity", "nan"), "not a number from 0 to 1"),
        (("--colormap", "no-such"), "not a colormap"),
        (("--method", "rollout", "--head", "1"), "rollout fuses the heads"),
        (("--format", "npz", "--side-by-side"), "needs --format png"),
        (("--layer", "4"), "has 3 layers"),
        (("--head", "5"), "has 4 heads"),
    ],
)
def test_usage_errors_are_one_line_and_status_2(
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    try:
        status = export(model, tmp_path, CAT, *words)
    except SystemExit as stop:
        status = int(stop.code or 0)
    told = capsys.readouterr()
    assert status == 2
    assert message in told.err
    assert len(told.err.splitlines()) == 1
    assert os.listdir(tmp_path) == []


def test_a_patch_outside_the_grid_fails_for_the_picture(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(model, tmp_path, CAT, "--query", "4,0") == 1
    assert "grid of 4 × 4" in capsys.readouterr().err


def test_inspect_tells_tokens_grid_and_more(
    registers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", str(registers), "--device", "cpu"]) == 0
    text = capsys.readouterr().out
    assert "class, register 1, register 2, register 3, 16 patches" in text
    assert "4 × 4 patches of 8 × 8 pixels" in text
    assert "5: thing 0, thing 1" in text
    assert main(["inspect", str(registers), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["grid"] == [4, 4]
    assert facts["n_layers"] == 3
    assert facts["special_tokens"][1] == "register 1"
    assert facts["dtype"] == "float32"


def test_a_fault_of_the_program_is_one_line_too(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(Engine, "load", fail)
    assert main(["inspect", str(model)]) == 1
    expected = "vitviewer: Something went wrong (RuntimeError: two lines)"
    assert capsys.readouterr().err == f"{expected}: please report it.\n"
    monkeypatch.undo()
    monkeypatch.setattr(Engine, "explain", fail)
    assert main(["export", str(CAT), "--model", str(model)]) == 1
    assert "failed unexpectedly" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_failure(model: Path) -> None:
    script = '"$0" -m vitviewer inspect "$1" 2>err.txt | true; cat err.txt; rm err.txt'
    place = f"cd {model.parent}; export PYTHONPATH={ROOT};"
    done = subprocess.run(
        ["bash", "-c", f"{place} {script}", sys.executable, str(model)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""


def test_version_and_help_are_printed_without_torch() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"vitviewer {__version__}\n")
    script = "import sys; from vitviewer.cli.main import main\n"
    script += "try: main(['export', '--help'])\nexcept SystemExit: pass\n"
    script += "assert not {'torch', 'PySide6', 'transformers'} & set(sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    words = " ".join(done.stdout.split())
    assert "Layers and heads count from 1; patch rows and columns from 0." in words


def test_the_window_opens_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Any, ...]] = []

    def opened(*arguments: Any) -> int:
        calls.append(arguments)
        return 7

    from vitviewer.qt.lifecycle import app

    monkeypatch.setattr(app, "run", opened)
    # Nothing is opened here: the machine need not have what a real window needs.
    monkeypatch.setattr("vitviewer.cli.main.missing", lambda screen: [])
    monkeypatch.setattr("vitviewer.cli.main.settle_platform", lambda: True)
    assert main(["a.png", "b.png", "--model", "m"]) == 7
    monkeypatch.setattr("vitviewer.cli.main.settle_platform", lambda: False)
    assert main(["--out", "o"]) == 7
    assert calls == [
        (["a.png", "b.png"], "m", False, None, Precision.PUBLISHED),
        ([], None, True, Path("o"), Precision.PUBLISHED),
    ]
