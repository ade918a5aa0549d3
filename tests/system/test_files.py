"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from vitviewer.errors import ExportError
from vitviewer.system.files import NotRegular, open_regular, replacing, write_bytes

ROOT = Path(__file__).parents[2]
BECOME_NOBODY = "import os; os.getuid() or os.setuid(65534)\n"
WRITE = """
import sys
from vitviewer.system.files import write_bytes
from vitviewer.errors import ExportError
try:
    write_bytes(sys.argv[1], bytes(1_000_000))
except ExportError as error:
    print(error)
"""


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return a file that holds something already."""
    path = tmp_path / "map.png"
    path.write_bytes(b"old")
    return path


def intact(target: Path) -> bool:
    """Tell whether the old file is as it was and nothing lies beside it."""
    return target.read_bytes() == b"old" and os.listdir(target.parent) == [target.name]


def test_writes_anew_and_in_place_of_an_older_file(target: Path) -> None:
    write_bytes(target, b"new")
    assert target.read_bytes() == b"new"
    write_bytes(target.with_name("other.png"), b"other")
    assert sorted(os.listdir(target.parent)) == ["map.png", "other.png"]


def test_the_old_file_stands_until_the_new_one_is_whole(target: Path) -> None:
    with replacing(target) as file:
        file.write(b"new")
        file.flush()
        assert target.read_bytes() == b"old"
    assert target.read_bytes() == b"new"


def test_an_error_in_the_block_passes_and_leaves_nothing(target: Path) -> None:
    def half() -> None:
        with replacing(target) as file:
            file.write(b"half")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        half()
    assert intact(target)


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES])
def test_a_refusing_file_system(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(ExportError, match=os.strerror(code)) as caught:
        write_bytes(target, b"new")
    assert "choose" in str(caught.value)
    assert intact(target)


def test_a_full_disk_leaves_the_old_file(target: Path) -> None:
    command = ["sh", "-c", 'ulimit -f 64; exec "$@"', "sh"]
    python = [sys.executable, "-c", WRITE, str(target)]
    done = subprocess.run(
        command + python, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert os.strerror(errno.EFBIG) in done.stdout
    assert done.stderr == ""
    assert intact(target)


def test_a_folder_that_may_not_be_written_to() -> None:
    # pytest's own folders are closed to others, and a superuser may write anywhere
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "map.png"
        target.write_bytes(b"old")
        os.chmod(folder, 0o555)
        script = WRITE.replace("try:", BECOME_NOBODY + "try:")
        done = subprocess.run(
            [sys.executable, "-c", script, str(target)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        assert os.strerror(errno.EACCES) in done.stdout
        assert intact(target)
        os.chmod(folder, 0o755)


def test_what_is_no_regular_file_is_not_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo", Path("/dev/full")):
        with pytest.raises(ExportError, match="not a regular file"):
            write_bytes(path, b"new")
    assert os.listdir(tmp_path) == ["fifo"]


def test_a_missing_folder_and_a_long_name(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="folder does not exist"):
        write_bytes(tmp_path / "gone" / "map.png", b"new")
    with pytest.raises(ExportError, match="shorter name"):
        write_bytes(tmp_path / ("n" * 300), b"new")
    write_bytes(tmp_path / ("n" * 251 + ".png"), b"new")
    assert len(os.listdir(tmp_path)) == 1


def test_links_and_permissions_stay(target: Path) -> None:
    link = target.with_name("link.png")
    link.symlink_to(target)
    os.chmod(target, 0o640)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_regular_file_is_opened_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with open_regular(path) as file:
        assert file.read() == b"content"
        assert not os.get_inheritable(file.fileno())


@pytest.mark.skipif(os.name != "posix", reason="FIFOs and devices are POSIX's")
def test_a_fifo_a_folder_and_a_device_are_refused_at_once(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, is_kind in (
        (fifo, stat.S_ISFIFO),
        (tmp_path, stat.S_ISDIR),
        ("/dev/zero", stat.S_ISCHR),
    ):
        with pytest.raises(NotRegular) as caught:
            open_regular(path)
        assert is_kind(caught.value.mode)


def test_what_is_not_there_is_the_system_s_own_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
