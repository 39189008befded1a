from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from artifacts.checks.places import overlap
from artifacts.stores.object_store import object_store
from paradigm.storages import storage

NAMES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
MINIO = "?endpoint_url=http%3A%2F%2F"


@pytest.fixture
def overlapping(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask about two URLs, whichever is which."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def ask(one: str, other: str) -> bool:
        settings.STORAGES = {
            **settings.STORAGES,
            "one": storage(one, data_dir=tmp_path, folder="one"),
            "other": storage(other, data_dir=tmp_path, folder="other"),
        }
        stores = object_store("one"), object_store("other")
        answer = overlap(*stores)
        assert overlap(*reversed(stores)) is answer
        return answer

    return ask


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("file:///a", "file:///a"),
        ("file:///a", "file:///a/b/.."),
        ("file:///a", "file:///a/b/c"),
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket", "s3://bucket/artifacts"),
        ("s3://bucket/a/", "s3://bucket/a/b"),
        ("s3://key:secret@bucket/a", "s3://bucket/a?region_name=eu-west-1"),
        ("s3://b", "s3://b?endpoint_url=https%3A%2F%2Fs3.eu-west-1.amazonaws.com"),
        (f"s3://b{MINIO}localhost%3A80", f"s3://b{MINIO}127.0.0.1%2F"),
        (f"s3://b{MINIO}MinIO.example%2F", f"s3://b/a{MINIO}minio.example%3A80"),
        ("gs://bucket", "gs://bucket/a"),
        ("gs://bucket/a", "gs://bucket/a?project_id=mine"),
    ],
)
def test_overlap(one: str, other: str, overlapping: Any) -> None:
    assert overlapping(one, other)


def test_overlap__of_redis(settings: Any) -> None:
    backend = "artifacts.stores.redis.RedisStorage"
    for name, url in {
        "one": "redis://localhost",
        "other": "redis://127.0.0.1:6379/0",
    }.items():
        entry = {"BACKEND": backend, "OPTIONS": {"url": url, "prefix": "same"}}
        settings.STORAGES = {**settings.STORAGES, name: entry}
    assert overlap(object_store("one"), object_store("other"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("disk", "disk"),
        ("disk", "s3://bucket"),
        ("memory", "memory"),
        ("file:///a/art", "file:///a/artifacts"),
        ("s3://bucket/art", "s3://bucket/artifacts"),
        ("s3://one", "s3://other"),
        ("s3://b", f"s3://b{MINIO}localhost%3A9000"),
        (f"s3://b{MINIO}localhost%3A9001", f"s3://b{MINIO}localhost%3A9000"),
        ("redis://localhost/0", "redis://localhost/0"),
        ("gs://bucket/a", "gs://bucket/b"),
        ("gs://bucket", "s3://bucket"),
    ],
)
def test_overlap__not(one: str, other: str, overlapping: Any) -> None:
    assert not overlapping(one, other)


def test_overlap__through_links(overlapping: Any, tmp_path: Path) -> None:
    (tmp_path / "store" / "within").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "store" / "within")
    assert overlapping(f"file://{tmp_path}/store", f"file://{tmp_path}/link/new")


@pytest.mark.needs("mount")
def test_overlap__folder_that_is_mounted_twice(
    overlapping: Any, tmp_path: Path
) -> None:
    for name in ("store", "mounted"):
        (tmp_path / name).mkdir()
    command = ["mount", "--bind", f"{tmp_path}/store", f"{tmp_path}/mounted"]
    subprocess.run(command, check=True)
    try:
        one, other = f"file://{tmp_path}/store", f"file://{tmp_path}/mounted"
        assert overlapping(one, other)
        assert overlapping(one, f"{other}/new")
    finally:
        subprocess.run(["umount", tmp_path / "mounted"], check=True)


def test_overlap__endpoint_of_the_environment(
    overlapping: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://minio:9000")
    assert overlapping("s3://b", f"s3://b{MINIO}minio%3A9000")
    assert not overlapping("s3://b", f"s3://b{MINIO}s3.amazonaws.com")
