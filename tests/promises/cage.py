"""The kernel's own filter: who starts a process or opens an internet socket is killed.

An audit hook hears of Python's calls only; this hears of those of Qt, torch and every
library in C as well. Linux on x86-64 and ARM64, without any privilege.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_NUMBERS = {
    "x86_64": {"clone": 56, "clone3": 435, "socket": 41, "execve": 59, "execveat": 322}
    | {"fork": 57, "vfork": 58},
    "aarch64": {"clone": 220, "clone3": 435, "socket": 198, "execve": 221}
    | {"execveat": 281},
}
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_KILL, _NOT_THERE, _ALLOW = 0x8000_0000, 0x0005_0000 | 38, 0x7FFF_0000
_THREAD = 0x0001_0000  # of clone's flags: a thread, not a process
_INTERNET = (2, 10)
_NUMBER_AT, _FIRST_ARGUMENT_AT = 0, 16
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def is_possible() -> bool:
    """Tell whether there is such a filter for this kind of machine."""
    return sys.platform == "linux" and platform.machine() in _NUMBERS


def enter() -> None:
    """Let the kernel kill this process for what is forbidden, from now on.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    code = b"".join(_instructions(_NUMBERS[platform.machine()]))
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    for words in (
        (_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        (_SECCOMP, _FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*words):
            raise OSError(ctypes.get_errno(), "the kernel takes no filter")


def _instructions(numbers: dict[str, int]) -> list[bytes]:
    """Return the filter's program: each block decides about one call, or goes on."""
    made = [_word(_LOAD, _NUMBER_AT)]
    for name in ("execve", "execveat", "fork", "vfork"):
        if name in numbers:
            made += [_word(_EQUAL, numbers[name], 0, 1), _word(_RETURN, _KILL)]
    # What clone3 is asked for cannot be read here; without it libc takes clone.
    made += [_word(_EQUAL, numbers["clone3"], 0, 1), _word(_RETURN, _NOT_THERE)]
    made += [
        _word(_EQUAL, numbers["clone"], 0, 4),
        _word(_LOAD, _FIRST_ARGUMENT_AT),
        _word(_ANY_BIT, _THREAD, 1, 0),
        _word(_RETURN, _KILL),
        _word(_RETURN, _ALLOW),
        _word(_EQUAL, numbers["socket"], 0, 4),
        _word(_LOAD, _FIRST_ARGUMENT_AT),
        _word(_EQUAL, _INTERNET[0], 1, 0),
        _word(_EQUAL, _INTERNET[1], 0, 1),
        _word(_RETURN, _KILL),
        _word(_RETURN, _ALLOW),
    ]
    return made


def _word(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    """Return an instruction; the jumps skip so many of those that follow."""
    return struct.pack("<HBBI", code, if_so, if_not, value)
