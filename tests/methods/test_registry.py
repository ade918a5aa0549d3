"""A method in one file and one line is found by every door, and asked by each."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.qt.sentence.kit import furnish
from tests.qt.window_kit import close_viewer, make_viewer
from vitviewer.api.model import load_model
from vitviewer.cli.arguments import export_parser
from vitviewer.cli.main import main
from vitviewer.errors import ModelError
from vitviewer.maps.state import ViewState
from vitviewer.methods import registry
from vitviewer.methods.method import Method, Setting
from vitviewer.qt.window.readout import describe
from vitviewer.queries import Fusion
from vitviewer.system.resources import root

SAMPLE = root() / "samples" / "shapes" / "ring.png"

#: Signed, adding up, asked about no token, with settings and a target: all that
#: attention and rollout are not.
TOY = '''
"""Counts patches from the middle, to show that anything can be a method."""

from vitviewer.answers import Heads, Layers
from vitviewer.methods.method import Method, Result, Setting


def compute(context, request):
    import torch

    n = context.tokens.n_tokens
    ramp = torch.arange(n, dtype=torch.float32) - n // 2
    scale = METHOD.setting(request, "scale")
    n_layers, layers = context.model.n_layers, []
    for i in range(n_layers):
        layers.append((i + 1) * scale * ramp)
        context.job.report(i + 1, n_layers)
    target = request.target.index if request.target else -1
    values = torch.stack(layers)[:, None]
    return Result(values, parts={"rest": 2.5}, target_value=float(target))


METHOD = Method(
    name="toy",
    title="toy ramp",
    label="Toy ramp of a layer",
    question="How far is each token from the middle?",
    compute=compute,
    source="nowhere",
    queries=frozenset(),
    takes_target=True,
    layers=Layers.EACH,
    heads=Heads.FUSED,
    unit="steps",
    signed=True,
    adds=True,
    settings=(
        Setting("scale", "Scale", 1.0, "how far a step is", least=0.5, most=4.0),
        Setting("mirror", "Mirror", False, "the other way around"),
        Setting("kind", "Kind", "plain", "which ramp", ("plain", "steep")),
        Setting("count", "Count", 3, "how many", least=1, most=9),
    ),
    missing=lambda model: "" if model.n_layers > 1 else "It needs two layers.",
)
'''


@pytest.fixture
def toy(tmp_path, monkeypatch) -> Method:
    """Plant a method: one file, one line."""
    (tmp_path / "toy_method.py").write_text(TOY, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "MODULES", [*registry.MODULES, "toy_method"])
    yield registry.method("toy")
    sys.modules.pop("toy_method", None)


def ramp(n_layers: int, n: int, scale: float = 1.0) -> np.ndarray:
    steps = np.arange(n, dtype=np.float32) - n // 2
    return np.stack([(i + 1) * scale * steps for i in range(n_layers)])


def test_the_command_line_lists_and_asks_it(toy, capsys, tmp_path):
    with pytest.raises(SystemExit):
        export_parser().parse_args(["--help"])
    words = " ".join(capsys.readouterr().out.split())
    assert "toy: How far is each token from the middle?" in words
    assert "toy: scale (how far a step is)" in words
    command = ["export", str(SAMPLE), "--method", "toy", "--out", str(tmp_path)]
    npz = ["--format", "npz", "--layer", "all", "--set", "scale=2"]
    assert main([*command, *npz]) == 0
    with np.load(tmp_path / "ring.npz", allow_pickle=False) as file:
        maps, told = file["maps"], json.loads(str(file["provenance"]))
    assert maps.shape[1:] == (1, 14, 14)
    expected = ramp(len(maps), 14 * 14 + 1, 2.0)[:, 1:].reshape(-1, 1, 14, 14)
    np.testing.assert_array_equal(maps, expected)
    assert told["export"]["method"] == "toy"
    assert main([*command, "--side-by-side"]) == 0
    assert (tmp_path / "ring.png").is_file()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--set", "scale=9"], "scale lies between 0.5 and 4.0"),
        (["--set", "scale=big"], "scale is a number"),
        (["--set", "mirror=maybe"], "mirror is yes or no"),
        (["--set", "kind=odd"], "kind is one of plain, steep"),
        (["--set", "nothing=1"], "has no such setting"),
        (["--set", "count=2.5"], "count is a whole number"),
    ],
)
def test_a_setting_that_cannot_be_is_said(toy, capsys, tmp_path, words, complaint):
    command = ["export", str(SAMPLE), "--method", "toy", "--out", str(tmp_path)]
    assert main([*command, *words]) == 2
    assert complaint in capsys.readouterr().err


def test_python_asks_it(toy):
    record = load_model("shapes", "cpu").record(SAMPLE)
    shown = record.map(layer=1, method="toy", scale=4, target=1)
    n = record.tokens.n_tokens
    np.testing.assert_array_equal(shown.values.ravel(), ramp(2, n, 4.0)[1, 1:])
    assert shown.unit == "steps"
    assert shown.answer.parts == {"rest": 2.5}
    assert shown.answer.target_value == 1.0
    assert shown.title == f"toy ramp for {record.model.labels[1]} in layer 2"
    summed = record.map(layer=(0, 1), method="toy")
    np.testing.assert_array_equal(summed.values.ravel(), ramp(2, n).sum(0)[1:])
    assert summed.title == "toy ramp in the sum of layers 1–2"
    with pytest.raises(ValueError, match="between"):
        record.map(method="toy", scale=0.1)
    with pytest.raises(ValueError, match="no setting"):
        record.map(method="toy", stride=1)


def test_the_window_lists_and_shows_it(toy, qtbot):
    viewer = make_viewer(qtbot, None)
    try:
        viewer.controller.load_model("shapes")
        viewer.open(SAMPLE)
        desk = furnish(viewer)
        section = viewer.window.panels.details["Method"]
        settings = viewer.window.panels.method
        desk.open("method")
        assert "Toy ramp" in desk.titles()
        assert section.isHidden()
        desk.click_choice("Toy ramp")
        viewer.wait_for_title("Toy ramp")
        assert not section.isHidden()
        assert desk.parts["query"].isHidden()
        assert not viewer.window.panels.map.head.isEnabled()
        last = viewer.controller.model.n_layers
        shown = viewer.controller.shown
        np.testing.assert_array_equal(
            shown.patch_map.values.ravel(), ramp(last, 197)[-1, 1:]
        )
        assert shown.lo == -shown.hi
        scale = settings.controls["scale"]
        assert (scale.minimum(), scale.maximum()) == (0.5, 4.0)
        scale.setValue(2.0)
        qtbot.waitUntil(
            lambda: (
                viewer.controller.shown.patch_map.values[0, 0]
                == 2 * shown.patch_map.values[0, 0]
            )
        )
        viewer.click_patch(3, 4)  # it is asked about no token: the map stays
        assert "steps" in describe(0, 0, (3, 4), viewer.controller.shown.patch_map)
        viewer.press(Qt.Key.Key_Down)
        viewer.wait_for_title(f"layer {last - 1}")
        viewer.press(Qt.Key.Key_Right)  # its heads are fused: there is none to step to
        assert viewer.state.fusion is Fusion.MEAN
        viewer.state.method = "attention"
        viewer.wait_for_title("Attention from patch (3, 4)")
        assert section.isHidden()
    finally:
        close_viewer(viewer)


def test_settings_are_saved_and_restored_by_name(toy):
    state, other = ViewState(), ViewState()
    state.method, state.settings = "toy", {"toy": {"scale": 2.0, "count": 4}}
    saved = json.loads(json.dumps(state.to_dict()))
    other.restore(saved)
    assert other == state
    saved["settings"]["toy"]["scale"] = 99.0
    other.restore(saved)
    assert other.settings == {"toy": {"count": 4}}


def test_listing_methods_loads_no_torch():
    code = (
        "import sys; from vitviewer.methods.registry import list_methods; "
        "assert list_methods(); print({'torch', 'PySide6'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "set()"


def test_every_method_says_what_it_is():
    for name, one in registry.list_methods().items():
        assert one.name == name
        assert one.question.endswith("?")
        assert one.source
        assert one.label
        assert one.title


def test_a_model_without_what_a_method_needs_is_refused_in_a_sentence(toy, tmp_path):
    from tests.model_factory import make_model

    folder = make_model(tmp_path / "flat", "vit", num_hidden_layers=1)
    record = load_model(folder, "cpu").record(SAMPLE)
    with pytest.raises(ModelError, match="two layers"):
        record.map(method="toy")
    command = ["export", str(SAMPLE), "--model", str(folder), "--method", "toy"]
    assert main([*command, "--out", str(tmp_path)]) == 2


def test_settings_know_their_types():
    number = Setting("x", "X", 0.5, least=0.0, most=1.0)
    assert number.checked(1) == 1.0
    for wrong in (2.0, float("nan"), "1", True, None):
        with pytest.raises(ValueError, match="x "):
            number.checked(wrong)
    assert Setting("n", "N", 3).parsed("7") == 7
    assert Setting("b", "B", True).parsed("no") is False
