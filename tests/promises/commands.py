"""The command line's flow: everything that it does without the network."""

from __future__ import annotations

from pathlib import Path

from tests.promises.record import Recorder
from vitviewer.cli.main import main


def run(root: Path, recorder: Recorder) -> None:
    """Run each command; those that refuse have to fail."""
    pictures, export, model = root / "pictures", root / "export", root / "stranger"
    to_files = ("export", pictures, model / "beside.png", "--model", model)
    odd = tuple(sorted((root / "odd").iterdir()))
    for status, *words in (
        (0, "models"),
        (0, "models", "--json"),
        (0, "inspect", model),
        (0, "inspect", "org/tiny", "--json"),
        (0, *to_files, "--out", export / "png"),
        (0, *to_files, "--out", export / "npz", "--format", "npz", "--layer", "all"),
        (0, *to_files, "--out", export / "figures", "--side-by-side"),
        (0, *to_files, "--out", export / "rollout", "--method", "rollout"),
        (1, "export", *odd, "--out", export / "odd"),
        (1, "inspect", root / "pickled"),
        (1, "inspect", root / "indexed"),
        (1, "inspect", "owner/no-such-model"),
        (0, "--headless", pictures, "--model", model, "--out", export / "window"),
    ):
        recorder.step(" ".join(Path(word).name for word in words[:2]))
        assert main([str(word) for word in words]) == status, words
