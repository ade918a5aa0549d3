"""Places that only another program reaches: what to do instead, by an address's scheme.

File managers and browsers name places of their own when something of theirs is copied
or dragged.
"""

from __future__ import annotations

import re

_ELSEWHERE = (
    *("smb", "cifs", "nfs", "ssh", "sftp", "fish", "scp", "dav", "davs"),
    *("webdav", "webdavs", "afp", "rsync", "google-drive", "gdrive", "onedrive"),
)
_DEVICES = ("mtp", "gphoto2", "afc", "camera", "kdeconnect", "bluetooth", "obex")
_PACKED = ("archive", "zip", "tar", "cdda", "burn", "iso", "sevenz", "krarc")
_TRASH = ("trash",)
_LISTS = (
    *("recent", "recentlyused", "recentdocuments", "search", "baloosearch", "tags"),
    *("starred", "favorites", "computer", "network", "remote", "desktop", "timeline"),
    *("applications", "admin", "activities", "places"),
)
_BROWSER = (
    *("blob", "about", "chrome", "resource", "moz-extension", "chrome-extension"),
    *("view-source", "cid", "content", "filesystem", "moz-icon", "brave"),
)
_WORDS = {
    _ELSEWHERE: "lies on another computer, which only the file manager reaches: copy "
    "it to this one first",
    _DEVICES: "lies on a device that only the file manager reaches: copy it from there "
    "first",
    _PACKED: "lies inside an archive or on a disc: copy it out of there first",
    _TRASH: "is in the trash: restore it first",
    _LISTS: "is a place that only the file manager knows: open the file where it lies",
    _BROWSER: "is known to the browser alone: save the picture there, or "
    "copy the picture itself",
}
_REASONS = {scheme: words for schemes, words in _WORDS.items() for scheme in schemes}
_BARE = ("blob", "about", "cid", "view-source")
_PLACE = re.compile(
    rf"({'|'.join(_REASONS)})(?=:/)|({'|'.join(_BARE)})(?=:\S)", re.IGNORECASE
)


def reason(address: str) -> str:
    """Return why an address cannot be opened here, as the rest of a sentence.

    Nothing where it is no such place: it may be a web address, or a file.
    """
    match = _PLACE.match(address)
    return "" if match is None else _REASONS[match[0].lower()]
