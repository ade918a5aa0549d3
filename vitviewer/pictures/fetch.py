"""A URL -> the bytes behind it, within a limit of size and of time.

Only http, https and data URLs, and redirects to http and https alone.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import threading
import urllib.error
import urllib.request
from time import monotonic
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from vitviewer.errors import Cancelled, ImageError
from vitviewer.pictures import places
from vitviewer.text import quoted
from vitviewer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT_BYTES = 256 * 1024**2
TIMEOUT_S = 30.0

_CHUNK = 256 * 1024
_POLL_S = 0.05


def fetch(
    url: str,
    limit_bytes: int = LIMIT_BYTES,
    timeout: float = TIMEOUT_S,
    cancel: Callable[[], bool] | None = None,
    tell: Callable[[int, int], object] | None = None,
) -> bytes:
    """Return what stands behind a URL.

    Parameters
    ----------
    url : str
        An http, https or data URL.
    limit_bytes : int
        More is refused, as soon as it is known.
    timeout : float
        Seconds for everything together, from look-up to the last byte.
    cancel : callable, optional
        Asked now and then; true ends the fetch.
    tell : callable, optional
        Gets now and then how many bytes are here, of how many; 0 if nobody knows.

    Raises
    ------
    ImageError
        If the bytes cannot be had, in a sentence with what to do.
    Cancelled
        If ``cancel`` answered true.
    """
    scheme = url.partition(":")[0].lower()
    if scheme == "data":
        return _from_data_url(url, limit_bytes)
    elsewhere = places.reason(url)
    if elsewhere:
        raise ImageError(f"{shown(url)} {elsewhere}.")
    if scheme not in ("http", "https"):
        raise ImageError(f"{shown(url)} is not an http, https or data address.")
    _check_address(url)
    return _Transfer(url, limit_bytes, timeout).wait(cancel, tell)


def _check_address(url: str) -> None:
    """Refuse an address that cannot be one, before anybody is asked about it."""
    try:
        parts = urlsplit(url)
        good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port above 65535, half of an IPv6 address
        good = False
    if not good or not url.isprintable() or " " in url:
        raise ImageError(f"{shown(url)} is not a web address: copy the whole of it.")


def shown(url: str) -> str:
    """Return a URL fit for a message: without user, password and query."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return quoted(url)
    return quoted(parts._replace(netloc=host, query="", fragment="").geturl())


def _from_data_url(url: str, limit_bytes: int) -> bytes:
    """Decode a data URL."""
    header, comma, payload = url.partition(",")
    if not comma:
        raise ImageError("The data URL holds no data: copy the whole address.")
    if len(payload) > 3 * limit_bytes:
        raise _too_large("The data URL", limit_bytes)
    data = unquote_to_bytes(payload.encode(errors="replace"))
    if header.lower().endswith(";base64"):
        try:
            data = base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error as error:
            raise ImageError(
                "The data URL is damaged or cut short: copy the whole address."
            ) from error
    if len(data) > limit_bytes:
        raise _too_large("The data URL", limit_bytes)
    return data


def _too_large(what: str, limit_bytes: int) -> ImageError:
    return ImageError(
        f"{what} has more than {limit_bytes / 1024**2:,.0f} MiB, the most that is "
        "fetched: save a smaller version and open that."
    )


class _OnlyWeb(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https, and to nothing else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme.lower() not in ("http", "https"):
            raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Transfer:
    """One transfer in a thread of its own.

    A server may send one byte every few seconds, which no socket timeout ends: the
    caller waits here, and leaves when time is up or it is cancelled.
    """

    def __init__(self, url: str, limit_bytes: int, timeout: float) -> None:
        self._url = url
        self._limit = limit_bytes
        self._timeout = timeout
        self._done = threading.Event()
        self._given_up = False
        self._data = bytearray()
        self._announced = 0
        self._error: Exception | None = None

    def wait(
        self,
        cancel: Callable[[], bool] | None,
        tell: Callable[[int, int], object] | None,
    ) -> bytes:
        """Run the transfer and return its bytes."""
        threading.Thread(target=self._run, name="fetch", daemon=True).start()
        deadline = monotonic() + self._timeout
        try:
            while not self._done.wait(_POLL_S):
                if cancel is not None and cancel():
                    raise Cancelled
                if tell is not None and self._data:
                    tell(len(self._data), self._announced)
                if monotonic() > deadline:
                    raise self._late()
        finally:
            self._given_up = True
        if self._error is not None:
            raise _as_image_error(self._url, self._error, self._late())
        return bytes(self._data)

    def _late(self) -> ImageError:
        return ImageError(
            f"{shown(self._url)} did not arrive within {self._timeout:g} s: "
            "try again later, or save the picture in the browser."
        )

    def _run(self) -> None:
        try:
            self._read()
        except Exception as error:  # crosses over to the waiting thread
            self._error = error
        finally:
            self._done.set()

    def _read(self) -> None:
        """Read the whole body; runs in the transfer's thread."""
        agent = {"User-Agent": f"vitviewer/{__version__}", "Accept": "image/*"}
        request = urllib.request.Request(self._url, headers=agent)
        opener = urllib.request.build_opener(_OnlyWeb)
        with opener.open(request, timeout=self._timeout) as response:
            announced = int(response.headers.get("Content-Length") or -1)
            if announced > self._limit:
                raise _too_large(shown(self._url), self._limit)
            self._announced = max(announced, 0)
            # As much as there is: from a slow server that is less than was asked for.
            while not self._given_up and (chunk := response.read1(_CHUNK)):
                self._data += chunk
                if len(self._data) > self._limit:
                    raise _too_large(shown(self._url), self._limit)
        missing = announced - len(self._data)
        if announced >= 0 and missing:
            raise http.client.IncompleteRead(b"", missing)


def _as_image_error(url: str, error: Exception, late: ImageError) -> ImageError:
    """Word what went wrong on the way."""
    if isinstance(error, ImageError):
        return error
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code < 400:
            return ImageError(
                f"{shown(url)} leads in a circle or to what is not a web address: "
                "save the picture in the browser and open the file."
            )
        return ImageError(
            f"{shown(url)} was refused by the server ({error.code}): check the "
            "address, or save the picture in the browser."
        )
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return late
    if isinstance(reason, http.client.IncompleteRead):
        return ImageError(f"{shown(url)} arrived only in part: try again.")
    if isinstance(reason, ValueError | http.client.InvalidURL):
        return ImageError(f"{shown(url)} is not a valid address: check it.")
    return ImageError(
        f"{shown(url)} could not be reached: check the address and the connection."
    )
