"""How many cores a computation is worth: a small one gains nothing from a second.

Each operation of torch ends when its slowest thread does. Where another program wants
the same cores, a thread that has a microsecond's work may wait ten milliseconds for its
turn: on two busy cores a 12-layer model's rows for one query took 190 ms in two threads
and 1.4 ms in one, a forward pass of the bundled model 840 and 31 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread(small: bool = True) -> Iterator[None]:
    """Keep torch to the calling thread if the work within the context is small."""
    threads = torch.get_num_threads()
    if not small or threads == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
