"""Questions to the Hugging Face hub: each ends soon, with an answer or one sentence."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from vitviewer.errors import VitviewerError
from vitviewer.text import quoted
from vitviewer.version import __version__

#: Seconds that connecting and each read may take; an answer may take twice that.
TIMEOUT_S = 10.0

#: The longest answer that is read of a search or a list of files.
MOST_LIST_BYTES = 16 << 20

_POLL_S = 0.1


class HubError(VitviewerError):
    """The hub could not be asked, or has no model that can be opened."""


@contextmanager
def answer(
    path: str, repo: str = "", *, timeout: float = TIMEOUT_S, **request: Any
) -> Iterator[Any]:
    """Open the hub's answer to a GET as a stream; 416 is left to the caller.

    Raises
    ------
    HubError
        If the hub refuses. What fails on the way passes through, see `worded`.
    """
    from huggingface_hub import get_session
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    headers = build_hf_headers(
        library_name="vitviewer",
        library_version=__version__,
        headers={"Accept-Encoding": "identity", **request.pop("headers", {})},
    )
    request |= {"headers": headers, "timeout": timeout, "follow_redirects": True}
    with get_session().stream("GET", f"{_endpoint()}/{path}", **request) as response:
        if response.status_code >= 400 and response.status_code != 416:
            # Only the header: what else the hub says can be of any length and form.
            code = response.headers.get("X-Error-Code", "")
            raise HubError(_refusal(response.status_code, code, repo))
        yield response


@contextmanager
def ended_when(cancelled: Callable[[], bool], response: Any) -> Iterator[None]:
    """Shut the connection down on a cancel: a read that waits for bytes then ends."""
    stream = response.extensions.get("network_stream")
    wire = stream.get_extra_info("socket") if stream else None
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_S):
            if cancelled() and isinstance(wire, socket.socket):
                with suppress(OSError):
                    # Not the method of a TLS socket, which first drops its own state.
                    socket.socket.shutdown(wire, socket.SHUT_RDWR)
                return

    watcher = threading.Thread(target=watch, name="hub-cancel", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def worded(error: Exception) -> HubError:
    """Word what failed on the way to the hub."""
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        return HubError(
            "The hub is switched off by HF_HUB_OFFLINE: unset it to search and "
            "download, or open a model that is on this machine."
        )
    host = quoted(urlsplit(_endpoint()).hostname or "")
    if "Timeout" in type(error).__name__:  # httpx has four, and two names for itself
        return HubError(f"The hub at {host} did not answer in time: try again later.")
    return HubError(
        f"The hub at {host} could not be reached: check the internet connection."
    )


def get_json(path: str, repo: str, most: int, params: Any = None) -> Any:
    """Return the JSON at a path of the hub.

    Parameters
    ----------
    path : str
        Below the hub's address.
    repo : str
        The model to name in a refusal; empty if it is about none.
    most : int
        The longest answer that is read, in bytes.
    params : dict, optional
        The query of the URL.

    Raises
    ------
    HubError
        In one sentence, why there is none.
    """
    try:
        return json.loads(_read(path, repo, most, params))
    except (ValueError, RecursionError) as error:
        raise HubError(
            f"The hub's answer for {quoted(path)} is no JSON: try "
            "again later, or choose another model."
        ) from error


def _read(path: str, repo: str, most: int, params: Any) -> bytes:
    """Read a whole answer, within a limit of size and of time."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    late, data = monotonic() + 2 * TIMEOUT_S, bytearray()
    try:
        with answer(path, repo, timeout=TIMEOUT_S, params=params) as response:
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > most:
                    raise HubError(
                        f"The hub's answer for {quoted(path)} has more than "
                        f"{most >> 20} MiB: choose another model."
                    )
                if monotonic() > late:
                    raise TimeoutError
    except (HTTPError, OSError) as error:
        raise worded(error) from error
    return bytes(data)


def _endpoint() -> str:
    """Return the hub's address, checked: httpx has its own errors for bad ones."""
    from huggingface_hub import constants

    try:
        parts = urlsplit(constants.ENDPOINT)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise HubError(
            f"HF_ENDPOINT is {quoted(constants.ENDPOINT)}, which is no web address: "
            "correct or unset it."
        )
    return constants.ENDPOINT


def _refusal(status: int, code: str, repo: str) -> str:
    """Word an error that the hub answered with."""
    name = quoted(repo)
    if status == 429:
        return "The hub wants fewer requests: try again in a few minutes."
    if status >= 500:
        return f"The hub has trouble (error {status}): try again later."
    if code == "RevisionNotFound":
        return f"{name} has no such revision: check its name on the hub."
    if repo and (code == "GatedRepo" or status == 403):
        return (
            f"{name} is given only to those who asked: ask for access at "
            f"https://huggingface.co/{repo} and log in with `hf auth login`."
        )
    if repo and (code == "RepoNotFound" or status == 404):
        return (
            f"There is no model {name} on the hub, or it is private: check the name, "
            "or log in with `hf auth login`."
        )
    if status in (401, 403):
        return "The hub does not accept the login: renew it with `hf auth login`."
    return f"The hub refused the request (error {status}): try again later."


def siblings(info: Any) -> list[Any]:
    """Return the entries of a repository's files, unread."""
    found = entry(info, "siblings")
    return found if isinstance(found, list) else []


def entry(value: Any, key: str) -> Any:
    """Return an entry of what should be a JSON object, else None."""
    return value.get(key) if isinstance(value, dict) else None
