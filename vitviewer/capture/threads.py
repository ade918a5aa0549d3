"""How many cores a computation is worth: a small one gains nothing from a second.

Each operation of torch ends when its slowest thread does. Where another program wants
the same cores, a thread that has a microsecond's work may wait ten milliseconds for its
turn. On two cores, beside a process that runs torch, the bundled model's row takes
0.6 ms in one thread and 8 in two (90 where threads spin as they do by default), and its
pass 110 and 150; on a quiet machine they take the same.
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
