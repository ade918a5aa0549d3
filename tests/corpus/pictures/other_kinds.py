"""Files of other kinds, called picture.png: named where they are known."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import wave
import zipfile
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.corpus.pictures.case import Case, good, refuses, scene

NO = "not a picture"
TEXTS = {
    "plain text": b"I am no picture.\n",
    "text of one line": b"word " * 100_000,
    "JSON": json.dumps({"a": [1, 2]}).encode(),
    "CSV": b"a,b\n1,2\n",
    "a shell script": b"#!/bin/sh\nexit 1\n",
    "Python": b"import os\n",
    "text in UTF-16": "words".encode("utf-16"),
    "an X bitmap": b"#define x_width 8\n#define x_height 1\nstatic char x[] = {1};\n",
    "an X pixmap": b'/* XPM */\nstatic char *x[] = {"1 1 1 1", "a c #000", "a"};\n',
    "a URL shortcut": b"[InternetShortcut]\r\nURL=http://a.invalid/b.png\r\n",
    "MVG, which ImageMagick runs": b"push graphic-context\nviewbox 0 0 9 9\n",
}
BINARIES = {
    "an ELF program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "a Windows program": b"MZ" + bytes(200),
    "Java": b"\xca\xfe\xba\xbe" + bytes(200),
    "SQLite": b"SQLite format 3\0" + bytes(200),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(200),
    "NumPy": b"\x93NUMPY\x01\0" + bytes(200),
    "FITS": b"SIMPLE  =                    T" + b" " * 2850,
    "DICOM": bytes(128) + b"DICM" + bytes(200),
    "Ogg": b"OggS" + bytes(200),
    "MP3": b"ID3\x03" + bytes(200),
    "Matroska": b"\x1aE\xdf\xa3" + bytes(200),
    "MPEG": b"\0\0\x01\xba" + bytes(200),
    "a font": b"\0\x01\0\0\0\x0c" + bytes(200),
    "EMF": b"\x01\0\0\0" + bytes(36) + b" EMF" + bytes(100),
    "WMF": b"\xd7\xcd\xc6\x9a" + bytes(100),
    "DjVu": b"AT&TFORM" + bytes(100),
    "RAR": b"Rar!\x1a\x07\0" + bytes(100),
    "7z": b"7z\xbc\xaf'\x1c" + bytes(100),
    "bzip2": b"BZh91AY" + bytes(100),
    "FLIF": b"FLIF" + bytes(100),
    "a Radiance picture": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n    ",
    "a raw photograph of Fuji": b"FUJIFILMCCD-RAW " + bytes(200),
}
NAMED = {
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
    "EPS that deletes": (b"%!PS\n(x) deletefile showpage\n", "PostScript"),
    "EPS in a wrapper": (b"\xc5\xd0\xd3\xc6" + bytes(40), "PostScript"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\n", "PDF"),
    "Photoshop": (b"8BPS\0\1" + bytes(60), "Photoshop"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC.*convert"),
    "HEIF of another brand": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heix", "HEIC"),
    "MP4": (b"\0\0\0\x18ftypmp42\0\0\0\0isom", "video"),
    "QuickTime": (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video"),
    "JPEG XL": (b"\xff\x0a" + bytes(60), "JPEG XL"),
    "JPEG XL in a box": (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "JPEG 2000"),
    "a JPEG 2000 stream": (b"\xff\x4f\xff\x51" + bytes(60), "JPEG 2000"),
    "OpenEXR": (b"v/1\x01" + bytes(60), "OpenEXR"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "SVG after a declaration": (b"<?xml version='1.0'?>\n<svg/>", "SVG"),
    "SVG that reads files": (
        b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        b"<svg><text>&x;</text></svg>",
        "SVG",
    ),
    "a web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "a page that says no": (b"<html><head><title>403</title>", "web page"),
    "a Git LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
        "git lfs pull",
    ),
}


def written(form: str, mode: str = "RGB") -> Callable[[], bytes]:
    """Return a picture in a format that Pillow writes and that is not opened."""

    def data() -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(scene()).convert(mode).save(buffer, form)
        return buffer.getvalue()

    return data


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("picture.png", good())
    return buffer.getvalue()


def _wave() -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(400))
    return buffer.getvalue()


def _told(name: str, told: tuple[bytes, str]) -> Case:
    return refuses(name, lambda: told[0], told[1])


CASES = [
    *(refuses(name, lambda d=data: d, NO) for name, data in TEXTS.items()),
    *(refuses(name, lambda d=data: d, NO) for name, data in BINARIES.items()),
    *(_told(name, told) for name, told in NAMED.items()),
    *(refuses(f"{form} by Pillow", written(form, mode), NO)
      for form, mode in (("ICO", "RGB"), ("ICNS", "RGBA"), ("TGA", "RGB"),
                         ("PCX", "RGB"), ("DDS", "RGB"), ("SGI", "RGB"),
                         ("SPIDER", "F"), ("MSP", "1"), ("BLP", "P"))),
    refuses("EPS by Pillow", written("EPS"), "PostScript"),
    refuses("PDF by Pillow", written("PDF"), "PDF"),
    refuses("a zipped picture", _zip, NO),
    refuses("a picture with gzip", lambda: gzip.compress(good()), NO),
    refuses("a pickle", lambda: pickle.dumps(np.zeros(9)), NO),
    refuses("a sound", _wave, NO),
]  # fmt: skip
