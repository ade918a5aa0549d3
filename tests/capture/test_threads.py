"""Small computations keep to one thread, and give the others back."""

from __future__ import annotations

import pytest
import torch

from vitviewer.capture.threads import one_thread


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_threads_are_given_back_however_the_work_ends():
    with one_thread(), one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert torch.get_num_threads() == 2
    with one_thread(small=False):
        assert torch.get_num_threads() == 2
