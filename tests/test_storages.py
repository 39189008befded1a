from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest

from paradigm.storages import storage

DATA = Path("/data")


def entry(url: str) -> tuple[str, dict[str, Any]]:
    """The backend's class name and its options."""
    made = storage(url, data_dir=DATA, folder="live")
    backend = cast("str", made["BACKEND"])
    return backend.rpartition(".")[2], cast("dict[str, Any]", made["OPTIONS"])


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("", "/data/live"),
        ("disk", "/data/live"),
        ("file:///srv/my%20files", "/srv/my files"),
    ],
)
def test_storage__disk(url: str, location: str) -> None:
    assert entry(url) == ("FileSystemStorage", {"location": location})


def test_storage__memory() -> None:
    assert entry("memory") == ("InMemoryStorage", {})


@pytest.mark.parametrize(
    "url", ["redis://host:6379/0", "rediss://:pw@host/2", "redis://h"]
)
def test_storage__redis(url: str) -> None:
    options = {"url": url, "prefix": "artifacts:live"}
    assert entry(url) == ("RedisStorage", options)


def test_storage__s3() -> None:
    url = "s3://bucket/some/prefix/?region_name=eu-west-1"
    name, options = entry(url)
    config = options.pop("client_config")
    assert name == "PublicS3Storage"
    assert options == {
        "bucket_name": "bucket",
        "location": "some/prefix",
        "region_name": "eu-west-1",
        "file_overwrite": False,
        "default_acl": None,
        "querystring_auth": True,
    }
    assert config.s3 == {"addressing_style": "auto"}
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"


def test_storage__s3_server_and_credentials() -> None:
    endpoint = "https://minio.example:9000"
    url = f"s3://key:se%2Fcret@bucket?endpoint_url={endpoint}&addressing_style=path"
    _, options = entry(url)
    assert options["endpoint_url"] == endpoint
    assert (options["access_key"], options["secret_key"]) == ("key", "se/cret")
    assert options["client_config"].s3 == {"addressing_style": "path"}
    assert "addressing_style" not in options


def test_storage__s3_limits_of_time() -> None:
    _, options = entry("s3://bucket?read_timeout=2.5&connect_timeout=1")
    config = options["client_config"]
    assert (config.read_timeout, config.connect_timeout) == (2.5, 1)


def test_storage__gs() -> None:
    name, options = entry("gs://bucket/prefix?project_id=p")
    assert name == "GoogleCloudStorage"
    assert options["bucket_name"] == "bucket"
    assert options["location"] == "prefix"
    assert options["project_id"] == "p"
    assert options["file_overwrite"] is False


def test_storage__azure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=other")
    name, options = entry("azure://account:key@container/prefix")
    assert name == "AzureStorage"
    assert options == {
        "azure_container": "container",
        "location": "prefix",
        "account_name": "account",
        "account_key": "key",
        "overwrite_files": False,
    }


def test_storage__azure_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=account")
    _, options = entry("azure://container")
    assert options["connection_string"] == "AccountName=account"


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("disc", "disk, file:///folder, memory"),
        ("/srv/artifacts", "file:///folder"),
        ("ftp://host/folder", "s3://bucket/prefix"),
        ("file://srv/artifacts", "three slashes"),
        ("file:///", "three slashes"),
        ("redis:///0", "redis://host:6379/0"),
        ("rediss://host:6379/db", "rediss://host:6379/0"),
        ("s3://", "s3://bucket/prefix"),
        ("s3:///prefix", "s3://bucket/prefix"),
        ("s3://localhost:9000/bucket", "endpoint_url"),
        ("s3://key@bucket", "access_key:secret_key"),
        ("s3://bucket?endpoint=http://host", "it has addressing_style, connect_"),
        ("s3://bucket?addressing_style=dns", "auto, path or virtual"),
        ("s3://bucket?read_timeout=long", "number of seconds"),
        ("s3://bucket?connect_timeout=0", "number of seconds"),
        ("gs://", "gs://bucket/prefix"),
        ("azure:///prefix", "azure://bucket/prefix"),
    ],
)
def test_storage__unusable(url: str, hint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(hint)):
        storage(url, data_dir=DATA, folder="live")


@pytest.mark.parametrize(
    "url", ["s4://key:hidden@bucket", "s3://key:hidden@bucket?a=b"]
)
def test_storage__error_keeps_the_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"place for bytes|option") as raised:
        storage(url, data_dir=DATA, folder="live")
    assert "hidden" not in str(raised.value)
