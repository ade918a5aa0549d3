"""A test's own server on the loopback interface, in a thread while it is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def serving(server: Any) -> Iterator[None]:
    """Run an HTTP server that holds answers back until its ``release`` is set."""
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()
