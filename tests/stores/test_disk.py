from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from artifacts.stores.disk import DiskStore
from tests.stores.places import make_store
from tests.stores.sources import read_all

KEY = "artifacts/ab/0123456789ab"


@pytest.fixture
def disk(tmp_path: Path) -> DiskStore:
    store = make_store("disk", tmp_path)
    assert isinstance(store, DiskStore)
    return store


def test_place__links_a_named_file(disk: DiskStore, tmp_path: Path) -> None:
    with (tmp_path / "staged").open("wb+") as staged:
        staged.write(b"abc")
        assert disk.place(KEY, staged)
    assert (tmp_path / "staged").samefile(disk.storage.path(KEY))
    assert read_all(disk, KEY) == b"abc"


def test_place__named_file_meets_a_taken_key(disk: DiskStore, tmp_path: Path) -> None:
    disk.place(KEY, io.BytesIO(b"first"))
    with (tmp_path / "staged").open("wb+") as staged:
        staged.write(b"second")
        assert not disk.place(KEY, staged)
    assert read_all(disk, KEY) == b"first"


def test_place__copies_a_file_that_has_lost_its_name(
    disk: DiskStore, tmp_path: Path
) -> None:
    path = tmp_path / "staged"
    with path.open("wb+") as staged:
        staged.write(b"abc")
        path.unlink()
        assert disk.place(KEY, staged)
    assert read_all(disk, KEY) == b"abc"


def test_place__copies_from_another_file_system(disk: DiskStore) -> None:
    # On Linux, shared memory is a file system of its own.
    path = Path("/dev/shm") / f"artifacts-test-{os.getpid()}"
    with path.open("wb+") as staged:
        staged.write(b"abc")
        try:
            assert disk.place(KEY, staged)
        finally:
            path.unlink()
    assert read_all(disk, KEY) == b"abc"


def test_place__other_errors_of_the_disk_are_raised(
    disk: DiskStore, tmp_path: Path
) -> None:
    blocker = Path(disk.storage.location) / "artifacts"
    blocker.parent.mkdir(parents=True)
    blocker.write_bytes(b"a file where a folder belongs")
    with (tmp_path / "staged").open("wb+") as staged, pytest.raises(OSError):  # noqa: PT011
        disk.place(KEY, staged)


def test_place__readable_by_the_web_server(disk: DiskStore) -> None:
    disk.place(KEY, io.BytesIO(b"abc"))
    mode = Path(disk.storage.path(KEY)).stat().st_mode
    assert stat.S_IMODE(mode) == disk.storage.file_permissions_mode


def test_place__owners_alone_where_no_mode_is_set(
    disk: DiskStore, settings: Any
) -> None:
    settings.FILE_UPLOAD_PERMISSIONS = None
    disk.place(KEY, io.BytesIO(b"abc"))
    mode = Path(disk.storage.path(KEY)).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_place__leaves_one_file(disk: DiskStore) -> None:
    disk.place(KEY, io.BytesIO(b"abc"))
    folder = Path(disk.storage.path(KEY)).parent
    assert [path.name for path in folder.iterdir()] == [KEY.rsplit("/", 1)[-1]]


def test_open__is_a_file_for_sendfile(disk: DiskStore) -> None:
    disk.place(KEY, io.BytesIO(b"abcdef"))
    with disk.open(KEY, 2) as content:  # type: ignore[attr-defined]
        assert os.lseek(content.fileno(), 0, os.SEEK_CUR) == 2


def test_list__passes_over_unfinished_files(disk: DiskStore) -> None:
    disk.place(KEY, io.BytesIO(b"abc"))
    (Path(disk.storage.path(KEY)).parent / ".partial-x").write_bytes(b"half")
    assert [found.key for found in disk.list("artifacts")] == [KEY]


def test_list__deleted_meanwhile(disk: DiskStore) -> None:
    for number in range(3):
        disk.place(f"artifacts/{number}", io.BytesIO(b"abc"))
    listing = disk.list("artifacts")
    next(listing)
    for number in range(3):
        disk.delete(f"artifacts/{number}")
    assert list(listing) == []


def test_path__is_the_key(disk: DiskStore) -> None:
    assert disk.path(KEY) == KEY


def test_presigned_url__has_none(disk: DiskStore) -> None:
    assert disk.presigned_url(KEY, seconds=60, headers={}) == ""
