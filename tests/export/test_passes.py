"""How far an export is: told in even steps, up to the end, and ended by who is told."""

from __future__ import annotations

import numpy as np
import pytest

from vitviewer.errors import Cancelled
from vitviewer.export.passes import Passes
from vitviewer.export.png import write_bands

BANDS = [np.zeros((rows, 4, 3), np.uint8) for rows in (3, 3, 1)]


@pytest.mark.parametrize("count", [1, 2])
def test_passes_are_told_as_one_work(count):
    told: list[tuple[int, int]] = []
    passes = Passes(lambda *so_far: told.append(so_far), count)
    for _ in range(count):
        assert [len(band) for band in passes.over(BANDS, 7)] == [3, 3, 1]
    assert told == sorted(told)
    assert told[0] == (0, 1000 * count)
    assert told[-1] == (1000 * count, 1000 * count)


@pytest.mark.parametrize("end", [0, 400, 1000])
def test_who_is_told_can_end_it_and_no_file_is_left(tmp_path, end):
    def tell(done: int, _total: int) -> None:
        if done >= end:
            raise Cancelled

    target = tmp_path / "a.png"
    target.write_bytes(b"older")
    with pytest.raises(Cancelled):
        write_bands(target, (4, 7), Passes(tell).over(BANDS, 7), {})
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]
    assert target.read_bytes() == b"older"
